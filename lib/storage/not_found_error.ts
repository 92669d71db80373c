/** The error for an image, or a part of one, that is not there. */

/**
 * There is no such manifest, tag, blob, list of tags or layout, wherever images are kept. Where a registry said so, its answer is the
 * `cause`: a `RegistryError` with status 404.
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
  /** The name of its kind. */
  override readonly name: string = "NotFoundError";
}
