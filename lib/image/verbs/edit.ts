/** Edits the config and annotations of an image, and no layer. */

import { checkOptions } from "../../base/check_options.ts";
import { CHANGE_OPTIONS, changeImage, type ChangeOptions } from "./change_image.ts";
import type { ImageResult } from "./image_result.ts";

/** What `editImage` of the main entry does, with no host but the one that it is given. */
export async function editImage(
  base: string,
  target: string,
  options: ChangeOptions,
): Promise<ImageResult> {
  checkOptions(options, CHANGE_OPTIONS, "editImage()");
  return await changeImage(base, target, { change: options, layers: { layers: [] } });
}
