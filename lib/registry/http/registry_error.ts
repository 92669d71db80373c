/** The error for a request that a registry refuses or does not answer. */

import type { Hint } from "../../base/hint.ts";

/** One entry of a registry's error answer (OCI distribution spec 1.1, Error codes). */
export interface RegistryErrorEntry {
  /** `MANIFEST_UNKNOWN` */
  readonly code: string;
  /** The registry's message, without control characters. */
  readonly message: string;
  /** Text, or JSON written as text. */
  readonly detail: string;
}

/** Data of a {@linkcode RegistryError}. */
export interface RegistryErrorOptions extends ErrorOptions {
  readonly method: string;
  /** Redacted. */
  readonly url: string;
  readonly status?: number | undefined;
  readonly errors?: readonly RegistryErrorEntry[] | undefined;
  readonly hint?: Hint | undefined;
}

/**
 * A request to a registry that failed. It holds no secret: neither headers nor queries.
 *
 * @example
 * ```ts
 * import { inspectImage, RegistryError } from "@x/appendlayer";
 *
 * // A registry that knows no such name.
 * const body = { errors: [{ code: "NAME_INVALID", message: "invalid repository name" }] };
 * const fetch = (): Promise<Response> => Promise.resolve(Response.json(body, { status: 400 }));
 * const error = await inspectImage("ghcr.io/acme/app:1", { fetch }).catch((error) => error);
 * if (error instanceof RegistryError) console.log(error.status, error.errors[0]?.code);
 * ```
 */
export class RegistryError extends Error {
  /** Name of the class. */
  override readonly name: string = "RegistryError";
  /** `PUT` */
  readonly method: string;
  /** The URL, without user information and secret query parameters. */
  readonly url: string;
  /** The HTTP status, or undefined if there was no answer. */
  readonly status: number | undefined;
  /** The errors in the registry's answer. */
  readonly errors: readonly RegistryErrorEntry[];
  /** What can be done about it, if that is known. */
  readonly hint: Hint | undefined;

  /** Takes a message, and the data of the request and its answer. */
  constructor(message: string, options: RegistryErrorOptions) {
    const { method, url, status, errors = [], hint, ...rest } = options;
    super(message, rest);
    this.method = method;
    this.url = url;
    this.status = status;
    this.errors = errors;
    this.hint = hint;
  }

  /** The codes of the errors: `["BLOB_UNKNOWN"]`. */
  get codes(): string[] {
    return this.errors.map(({ code }) => code);
  }
}
