/** Warnings that count as failures. */

import type { Digest } from "../../oci/digest.ts";
import type { Repository } from "../../storage/repository.ts";
import {
  type Warning,
  WARNING_CODES,
  type WarningCode,
  WarningError,
} from "../../storage/warning.ts";

/** Which warnings let a verb go on. */
export interface StrictOptions {
  /**
   * Whether a warning counts as a failure: no manifest is written then.
   *
   * @default {false}
   */
  readonly strict?: boolean | undefined;
  /**
   * Codes of warnings that do not, all the same.
   *
   * @default none
   */
  readonly allow?: readonly WarningCode[] | undefined;
}

/**
 * Reads the code of a warning.
 *
 * @throws {TypeError} if there is none of this name.
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

  /** @throws {TypeError} if a code to be allowed is none. */
  constructor(
    options: StrictOptions & {
      readonly onWarning?: ((message: string, detail: Warning) => void) | undefined;
    },
  ) {
    for (const code of options.allow ?? []) parseWarningCode(code);
    this.#options = options;
  }

  /** All so far. */
  get all(): readonly Warning[] {
    return [...this.#all.values()];
  }

  /** Takes the next one. */
  readonly add = (warning: Warning): void => {
    const { strict = false, allow = [], onWarning } = this.#options;
    if (this.#all.has(warning.message)) return;
    this.#all.set(warning.message, warning);
    if (strict && !allow.includes(warning.code)) this.#failure ??= new WarningError(warning);
    onWarning?.(warning.message, warning);
  };

  /** @throws {WarningError} if one of them counts as a failure. */
  readonly requireAllowed = (): void => {
    if (this.#failure !== undefined) throw this.#failure;
  };
}

/** Wraps a repository so that no manifest is written where a check throws. */
export function checkedRepository(target: Repository, check: () => void): Repository {
  return {
    name: target.name,
    getManifest: (reference, options) => target.getManifest(reference, options),
    headManifest: (reference, options) => target.headManifest(reference, options),
    hasBlob: (digest, options) => target.hasBlob(digest, options),
    getBlob: (descriptor, options) => target.getBlob(descriptor, options),
    getBlobPart: target.getBlobPart?.bind(target),
    tags: (options) => target.tags(options),
    referrers: (subject, options) => target.referrers(subject, options),
    isSame: (other) => target.isSame(other),
    canMount: (from) => target.canMount(from),
    mountBlob: (descriptor, from, options) => target.mountBlob(descriptor, from, options),
    putBlob: (source, options) => target.putBlob(source, options),
    imagePlatform: target.imagePlatform?.bind(target),
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
