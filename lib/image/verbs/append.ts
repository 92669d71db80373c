/** Appends layers to an image in its repository. */

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

/** The names of all {@linkcode AppendOptions}. */
export const appendOptionNames = (): OptionNames<AppendOptions> => ({
  ...changeOptionNames(),
  ...LAYER_OPTIONS,
});

/**
 * Implements `appendLayer` of the main entry, with the host in the options.
 *
 * @throws {TypeError} if there is no layer; and the errors of the main entry's.
 */
export async function appendLayer(
  base: string,
  target: string,
  options: AppendOptions,
): Promise<ImageResult> {
  checkOptions(options, appendOptionNames(), "appendLayer()");
  requireLayers(options, `"${base}"`);
  requireLocation("append BASE", parseLocation(base));
  requireLocation("append TARGET", parseTarget(target).location);
  return await changeImage(base, target, { change: options, layers: options });
}

/**
 * Checks that there are layers.
 *
 * @param what What messages call the base.
 * @throws {TypeError} if there is none.
 */
export function requireLayers(options: Partial<LayerOptions> | undefined, what: string): void {
  const layers: unknown = options?.layers;
  if (!Array.isArray(layers)) {
    throw new TypeError(
      `Cannot append to ${what}: expected an array as layers, got ${typeof layers}`,
    );
  }
  const takes = options?.layersOf !== undefined || (options?.layersFrom ?? []).length > 0;
  if (layers.length > 0 || takes) return;
  throw new TypeError(`Cannot append to ${what}: there is no layer`);
}
