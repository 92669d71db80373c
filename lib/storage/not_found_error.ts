/** The error for an image, or a part of one, that does not exist. */

/**
 * There is no such manifest, tag, blob, repository or layout, in whatever kind of storage. If a registry answered so, its answer is
 * the `cause`: a `RegistryError` with status 404.
 *
 * @example
 * ```ts
 * import { inspectImage, NotFoundError } from "@x/appendlayer";
 *
 * const error = await inspectImage("oci:nowhere:7").catch((error) => error);
 * console.log(error instanceof NotFoundError); // true
 * ```
 */
export class NotFoundError extends Error {
  /** The name of this kind of error. */
  override readonly name: string = "NotFoundError";
}
