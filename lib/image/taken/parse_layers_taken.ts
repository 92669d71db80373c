/** Parses the options that name layers of repositories for an append. */

import { once } from "../../base/once.ts";
import type { CacheStore } from "../../storage/cache_store.ts";
import {
  formatLocation,
  type ImageLocation,
  type Location,
  locationNames,
  parseLocation,
} from "../../storage/location.ts";
import type { Access, AccessOptions } from "../access/access.ts";
import { requireLocation, type VerbOperand } from "../access/verb_locations.ts";
import { findLayer, findOwnLayers, type FoundLayer } from "./find_layers.ts";
import type { FindTaken } from "./taken_layers.ts";
import type { CopyContext } from "../transfer/copy_context.ts";
import type { LayerOptions } from "../verbs/change_options.ts";
import { withSource } from "../verbs/open_source_and_target.ts";

/** The parsed options. */
export interface LayersTaken {
  readonly layersFrom: readonly ImageLocation[];
  readonly layersOf: ImageLocation | undefined;
  /** The base of `layersOf`; undefined for the one that the image names. */
  readonly from: Location | undefined;
}

/**
 * Parses the options; undefined if no layer is taken.
 *
 * @throws {TypeError} if a layer has no digest, or its location cannot be used.
 * @throws {SyntaxError} if a location cannot be parsed.
 */
export function parseLayersTaken(
  { layersFrom = [], layersOf, from }: Pick<LayerOptions, "layersFrom" | "layersOf" | "from">,
): LayersTaken | undefined {
  if (from !== undefined && layersOf === undefined) {
    throw new TypeError(`Cannot use "${from}" as from without layersOf`);
  }
  if (layersFrom.length === 0 && layersOf === undefined) return undefined;
  return {
    layersFrom: layersFrom.map(parseLayerFrom),
    layersOf: layersOf === undefined ? undefined : parseImage(layersOf),
    from: from === undefined ? undefined : parsePlace(from, "append OLD-BASE"),
  };
}

/**
 * Parses `REPOSITORY[:TAG]@sha256:…`.
 *
 * @throws {TypeError} if there is no digest.
 */
export function parseLayerFrom(text: string): ImageLocation {
  const location = parseImage(text);
  if (locationNames(location).digest !== undefined) return location;
  throw new TypeError(
    `Cannot take a layer from ${JSON.stringify(text)}: expected "REPOSITORY[:TAG]@sha256:…"`,
  );
}

function parseImage(text: string): ImageLocation {
  return parsePlace(text, "append LAYERS") as ImageLocation;
}

function parsePlace(text: string, operand: VerbOperand): Location {
  const location = parseLocation(text);
  requireLocation(operand, location);
  return location;
}

/** The locations that layers are taken from, as text. */
export function namesOf({ layersFrom, layersOf }: LayersTaken): readonly string[] {
  return [...layersFrom, ...layersOf === undefined ? [] : [layersOf]].map(formatLocation);
}

/** Options of {@linkcode findTaken}. */
export interface FindTakenOptions extends Pick<AccessOptions, "onProgress"> {
  readonly access: Access;
  readonly copy: CopyContext;
  readonly cache: CacheStore | undefined;
}

/** Makes the function that finds the layers for a platform. */
export function findTaken(
  { layersFrom, layersOf, from }: LayersTaken,
  { access, copy, cache, onProgress }: FindTakenOptions,
): FindTaken {
  const open = (location: ImageLocation): CopyContext =>
    withSource(copy, location, { access, onProgress });
  const own = layersOf && { location: layersOf, copy: open(layersOf) };
  const single = layersFrom.map((location) => ({ location, copy: open(location) }));
  const read = new Map<string, Promise<FoundLayer>>();
  return async (platform) => {
    const common = { access, platform, onProgress };
    const [all, others] = await Promise.all([
      own && findOwnLayers(own.location, { ...common, copy: own.copy, old: from }),
      Promise.all(single.map(({ location, copy }) => {
        const find = (): Promise<FoundLayer> => findLayer(location, { ...common, copy, cache });
        // A layer without a tag is the same for all platforms, and is read once.
        return locationNames(location).tag === undefined
          ? once(read, formatLocation(location), find)
          : find();
      })),
    ]);
    return [...all ?? [], ...others];
  };
}
