/** The error for content that is not what its digest or size promised. */

/** Data of a {@linkcode DigestMismatchError}. */
export interface DigestMismatchErrorOptions extends ErrorOptions {
  /** The digest, or the size with its unit, that was promised. */
  readonly expected: string;
  /** What the content turned out to be. */
  readonly actual: string;
}

/**
 * Content that does not hash to its digest, or is not as long as promised.
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
  /** The name of its kind. */
  override readonly name: string = "DigestMismatchError";
  /** What was promised. */
  readonly expected: string;
  /** What was found. */
  readonly actual: string;

  /** Makes an error of what was being done, as in `read blob "sha256:…"`, and what was found. */
  constructor(action: string, options: DigestMismatchErrorOptions) {
    const { expected, actual, ...rest } = options;
    super(`${action}: expected ${expected}, got ${actual}`, rest);
    this.expected = expected;
    this.actual = actual;
  }
}
