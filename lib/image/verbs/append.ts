/** Appends layers to an image where it lies. */

import { changeImage, type ChangeOptions, type LayerOptions } from "./change_image.ts";
import type { ImageResult } from "./image_result.ts";

/** Options of {@linkcode appendLayer}. */
export interface AppendOptions extends ChangeOptions, LayerOptions {}

/**
 * What `appendLayer` of the main entry does, with no host but the one that it is given.
 *
 * @throws {TypeError} if there is no layer; and as it does.
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
