/** Finds which layers of an image have the given paths. */

import { BaseReader, ReadBudget } from "./base_reader.ts";
import { type BasePath, unknownOf } from "./base_view.ts";
import type { LayerListing } from "./layer_listing.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import { openBaseLayer, type OpenBaseLayerOptions } from "./open_base_layer.ts";
import { PathBudget } from "./path_budget.ts";

/** Where the paths were found. */
export interface FoundInLayers {
  /** The paths that were asked for, without symbolic links. */
  readonly paths: readonly string[];
  /**
   * What is needed of each layer, by its number from the base up: these files alone, or anything.
   */
  readonly layers: ReadonlyMap<number, ReadonlySet<string> | "any">;
}

/**
 * Reads layers from the top down until it is known where each path is, by their tables of contents if they have them.
 *
 * @param layers From the base up.
 * @returns undefined if a path is not found: a layer may have it under another name, through a link of a layer below.
 */
export async function findInLayers(
  paths: readonly string[],
  layers: readonly Descriptor[],
  options: OpenBaseLayerOptions,
): Promise<FoundInLayers | undefined> {
  const shared = { ...options, paths: new PathBudget() };
  const opened = layers.map((layer) => openBaseLayer(layer, shared)).reverse();
  const reader = new BaseReader(opened, new ReadBudget(Infinity));
  const found: string[] = [];
  const needed = new Map<number, Set<string> | "any">();
  try {
    for (const asked of paths) {
      const follow = (): BasePath =>
        reader.view.follow(asked, {
          followsLast: true,
          isAsked: (above) => !isDirectory(above, reader.listings),
        });
      await reader.ask(() => unknownOf(follow()) === undefined);
      const place = follow();
      if (place.kind !== "found" || place.node === undefined) return undefined;
      const { path, node: { kind } } = place;
      if (kind === "missing" || kind === "symlink") return undefined;
      found.push(path);
      for (const [fromTop, listing] of reader.listings.entries()) {
        const layer = layers.length - 1 - fromTop;
        if (kind === "file") {
          if (listing.find(path) === undefined) continue;
          const known = needed.get(layer);
          if (known === undefined) needed.set(layer, new Set([path]));
          else if (known !== "any") known.add(path);
          break;
        }
        if (mayTouch(listing, path)) needed.set(layer, "any");
        if (listing.isComplete && listing.hides(`${path}/.`)) break;
      }
    }
  } finally {
    await Promise.all(opened.map((layer) => layer.close()));
  }
  return { paths: found, layers: needed };
}

/** Whether a path is known to be a directory, since a layer has something in it. */
function isDirectory(path: string, listings: readonly LayerListing[]): boolean {
  for (const listing of listings) {
    if (listing.isOnlyNamed(path)) return true;
    if (!listing.isComplete) return false;
  }
  return false;
}

/** Whether a layer may have anything at or below a directory, as far as it was read. */
function mayTouch(listing: LayerListing, directory: string): boolean {
  return !listing.isComplete || listing.hides(`${directory}/.`) || listing.touches(directory);
}
