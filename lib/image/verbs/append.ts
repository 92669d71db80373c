/** The main job: layers on top of an image, in the registry. */

import { changeImage, type ChangeOptions, type LayerOptions } from "./change_image.ts";
import type { ImageResult } from "./image_result.ts";

/** Options of {@linkcode appendLayer}. */
export interface AppendOptions extends ChangeOptions, LayerOptions {}

/**
 * Puts layers on top of an image and gives the result a name, without pulling the image: only the layers, a new config and a new
 * manifest are sent. Every image of an index gets the layers, which are sent once.
 *
 * @example
 * ```ts no-eval
 * import { appendLayer } from "./append.ts";
 *
 * const tar = await fetch("https://example.com/site.tar.gz");
 * if (tar.body === null) throw new Error("no body");
 * const { digest } = await appendLayer("nginx:1", "ghcr.io/acme/site:7", {
 *   layers: [tar.body],
 *   env: { MODE: "production" },
 *   credentials: { "ghcr.io": { username: "acme", password: "…" } },
 * });
 * ```
 * @param base A reference, `oci:DIR[:TAG]` or `scratch`.
 * @param target A reference or `oci:DIR[:TAG]`; its tag is `latest` where it has none. It is written last, so that a failure at any
 *     point leaves it as it was.
 * @throws {TypeError} if there is no layer, or a variable's name, a port or the working directory cannot be.
 * @throws {SyntaxError} if a location, tag or platform cannot be parsed, or a document of the base is invalid.
 * @throws {RangeError} if the base has no image for a wanted platform.
 * @throws {LayerError} if a layer is not a tar archive.
 * @throws {RegistryError} if a registry refuses or fails.
 * @throws {AuthError} if a registry or token service does not accept the credentials.
 */
export async function appendLayer(
  base: string,
  target: string,
  options: AppendOptions,
): Promise<ImageResult> {
  if (options.layers.length === 0) {
    throw new TypeError(`Cannot append to "${base}": there is no layer`);
  }
  return await changeImage(base, target, { change: options, layers: options });
}
