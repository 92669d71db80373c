/** Collects warnings, and makes failures of them. */

import type { Digest } from "../../oci/digest.ts";
import { forwardReads, type Repository } from "../../storage/repository.ts";
import {
  type Warning,
  WARNING_CODES,
  type WarningCode,
  WarningError,
} from "../../storage/warning.ts";

/** Which warnings are failures. */
export interface StrictOptions {
  /**
   * Whether a warning is a failure, after which no manifest is written.
   *
   * @default {false}
   */
  readonly strict?: boolean | undefined;
  /**
   * Codes of warnings that are no failures, even if `strict` is set.
   *
   * @default none
   */
  readonly allow?: readonly WarningCode[] | undefined;
}

/**
 * Parses the code of a warning.
 *
 * @throws {TypeError} if there is no such code.
 */
export function parseWarningCode(text: string): WarningCode {
  const code = WARNING_CODES.find((known) => known === text);
  if (code !== undefined) return code;
  throw new TypeError(
    `Cannot allow the warning ${JSON.stringify(text)}: expected one of ${WARNING_CODES.join(", ")}`,
  );
}

/** Collects warnings, each once. */
export class Warnings {
  readonly #options: StrictOptions & {
    readonly onWarning?: ((message: string, detail: Warning) => void) | undefined;
  };
  readonly #all = new Map<string, Warning>();
  #failure: WarningError | undefined;

  /** @throws {TypeError} if an allowed code does not exist. */
  constructor(
    options: StrictOptions & {
      readonly onWarning?: ((message: string, detail: Warning) => void) | undefined;
    },
  ) {
    for (const code of options.allow ?? []) parseWarningCode(code);
    this.#options = options;
  }

  /** All warnings so far. */
  get all(): readonly Warning[] {
    return [...this.#all.values()];
  }

  /** Adds a warning, and reports it. */
  readonly add = (warning: Warning): void => {
    const { strict = false, allow = [], onWarning } = this.#options;
    if (this.#all.has(warning.message)) return;
    this.#all.set(warning.message, warning);
    if (strict && !allow.includes(warning.code)) this.#failure ??= new WarningError(warning);
    onWarning?.(warning.message, warning);
  };

  /** @throws {WarningError} if one of them is a failure. */
  readonly requireAllowed = (): void => {
    if (this.#failure !== undefined) throw this.#failure;
  };
}

/** Wraps a repository so that no manifest is written if a check throws. */
export function checkedRepository(target: Repository, check: () => void): Repository {
  return {
    ...forwardReads(target),
    mountBlob: (descriptor, from, options) => target.mountBlob(descriptor, from, options),
    putBlob: (source, options) => target.putBlob(source, options),
    commit: target.commit && (async (options): Promise<Digest | undefined> => {
      check();
      return await target.commit?.(options);
    }),
    async putManifest(reference, document, options): Promise<void> {
      check();
      await target.putManifest(reference, document, options);
    },
  };
}
