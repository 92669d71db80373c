/** Edits the config and annotations of an image, and no layer. */

import { parseLocation } from "../../storage/location.ts";
import { requireLocation } from "../access/verb_locations.ts";
import { checkOptions } from "../../base/check_options.ts";
import { changeImage } from "./change_image.ts";
import { changeOptionNames, type ChangeOptions } from "./change_options.ts";
import type { ImageResult } from "./image_result.ts";
import { parseTarget } from "./target.ts";

/** Implements `editImage` of the main entry, with the host in the options. */
export async function editImage(
  base: string,
  target: string,
  options: ChangeOptions,
): Promise<ImageResult> {
  checkOptions(options, changeOptionNames(), "editImage()");
  requireLocation("edit BASE", parseLocation(base));
  requireLocation("edit TARGET", parseTarget(target).location);
  return await changeImage(base, target, { change: options, layers: { layers: [] } });
}
