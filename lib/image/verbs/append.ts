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

/** The names of all {@linkcode AppendOptions}. */
export const appendOptionNames = (): OptionNames<AppendOptions> => ({
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
  checkOptions(options, appendOptionNames(), "appendLayer()");
  requireLayers(options, `"${base}"`);
  requireLocation("append BASE", parseLocation(base));
  requireLocation("append TARGET", parseTarget(target).location);
  return await changeImage(base, target, { change: options, layers: options });
}

/**
 * Checks that there are layers.
 *
 * @param what What they are appended to, in messages.
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
