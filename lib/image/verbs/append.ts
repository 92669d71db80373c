/** Appends layers to an image where it lies. */

import { parseLocation } from "../../storage/location.ts";
import { requireLocation } from "../access/verb_locations.ts";
import { checkOptions, type OptionNames } from "../../base/check_options.ts";
import { changeImage } from "./change_image.ts";
import {
  changeOptionNames,
  type ChangeOptions,
  LAYER_OPTIONS,
  type LayerOptions,
} from "./change_options.ts";
import type { ImageResult } from "./image_result.ts";
import { parseTarget } from "./target.ts";

/** Options of {@linkcode appendLayer}. */
export interface AppendOptions extends ChangeOptions, LayerOptions {}

const optionNames = (): OptionNames<AppendOptions> => ({
  ...changeOptionNames(),
  ...LAYER_OPTIONS,
});

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
  checkOptions(options, optionNames(), "appendLayer()");
  const layers: unknown = options?.layers;
  if (!Array.isArray(layers)) {
    throw new TypeError(
      `Cannot append to "${base}": expected an array as layers, got ${typeof layers}`,
    );
  }
  if (layers.length === 0) {
    throw new TypeError(`Cannot append to "${base}": there is no layer`);
  }
  requireLocation("append BASE", parseLocation(base));
  requireLocation("append TARGET", parseTarget(target).location);
  return await changeImage(base, target, { change: options, layers: options });
}
