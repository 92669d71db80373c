/** All that an image has at and below one of its directories. */

import { compareImagePaths, isBelow } from "../files/image_path.ts";
import { LayerError } from "../layer_error.ts";
import type { BaseNode, BaseView } from "./base_view.ts";
import type { LayerListing } from "./layer_listing.ts";

/** A directory of an image with all that is below it. */
export interface BaseTree {
  /** Where the directory is, without links on the way. */
  readonly path: string;
  /** The directory itself. */
  readonly node: Extract<BaseNode, { readonly kind: "directory" | "missing" }>;
  /** What is below it, by paths from the root, in the order of `compareImagePaths`. */
  readonly entries: ReadonlyMap<string, BaseNode>;
}

/**
 * Gathers what layers have below a directory, which must have been read for that.
 *
 * @param path Links to it are followed.
 * @param asked What the path is called in messages.
 * @throws {LayerError} if there is anything else than a directory, or something in the way.
 */
export function gatherTree(
  view: BaseView,
  listings: readonly LayerListing[],
  asked: string,
): BaseTree {
  const found = view.follow(asked, { followsLast: true });
  const shown = JSON.stringify(`/${asked}`);
  if (found.kind !== "found") {
    throw new LayerError(`Cannot use ${shown} of the base: "/${found.at}" is no directory`);
  }
  const { path, node = { kind: "missing" } } = found;
  if (node.kind === "file" || node.kind === "symlink") {
    throw new LayerError(`Cannot use ${shown} of the base: it is a file there, and no directory`);
  }
  const paths = new Set<string>();
  for (const listing of listings) {
    for (const one of listing.paths()) if (isBelow(one, path)) paths.add(one);
  }
  const entries = new Map<string, BaseNode>();
  for (const one of [...paths].sort(compareImagePaths)) {
    const below = view.look(one);
    if (below !== undefined && below.kind !== "missing") entries.set(one, below);
  }
  return { path, node, entries };
}
