/** The error for content that does not match its digest or size. */

/** Data of a {@linkcode DigestMismatchError}. */
export interface DigestMismatchErrorOptions extends ErrorOptions {
  /** The expected digest, or the expected size with its unit. */
  readonly expected: string;
  /** The digest or size that the content has. */
  readonly actual: string;
}

/**
 * Content does not match its digest or size.
 *
 * @example
 * ```ts
 * import { DigestMismatchError, inspectImage } from "@x/appendlayer";
 *
 * // A registry that gives something else than it is asked for.
 * const fetch = (): Promise<Response> => Promise.resolve(Response.json({ schemaVersion: 2 }));
 * const pinned = `ghcr.io/acme/app@sha256:${"0".repeat(64)}`;
 * const error = await inspectImage(pinned, { fetch }).catch((error) => error);
 * if (error instanceof DigestMismatchError) console.log(error.expected, error.actual);
 * ```
 */
export class DigestMismatchError extends Error {
  /** The name of this kind of error. */
  override readonly name: string = "DigestMismatchError";
  /** The expected digest, or the expected size with its unit. */
  readonly expected: string;
  /** The digest or size that the content has. */
  readonly actual: string;

  /** Makes an error; `action` begins its message, as in `Cannot read blob "sha256:…"`. */
  constructor(action: string, options: DigestMismatchErrorOptions) {
    const { expected, actual, ...rest } = options;
    super(`${action}: expected ${expected}, got ${actual}`, rest);
    this.expected = expected;
    this.actual = actual;
  }
}
