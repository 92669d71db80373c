/** Changes how an image runs, and none of its files. */

import { changeImage, type ChangeOptions } from "./change_image.ts";
import type { ImageResult } from "./image_result.ts";

/**
 * Changes an image's config and annotations, in every image of an index, and gives the result a name.
 *
 * @param base A reference, `oci:DIR[:TAG]` or `scratch`.
 * @param target A reference or `oci:DIR[:TAG]`, written last.
 * @throws as {@linkcode appendLayer} does.
 */
export async function editImage(
  base: string,
  target: string,
  options: ChangeOptions,
): Promise<ImageResult> {
  return await changeImage(base, target, { change: options, layers: { layers: [] } });
}
