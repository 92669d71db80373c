/** All that an image has at and below one of its directories. */

import { compareImagePaths } from "../files/image_path.ts";
import { LayerError } from "../layer_error.ts";
import type { BaseNode, BaseView } from "./base_view.ts";
import type { LayerListing } from "./layer_listing.ts";

/** A directory of an image with all that is below it. */
export interface BaseTree {
  /** Where the directory is, without links on the way. */
  readonly path: string;
  /** The directory itself. */
  readonly node: Extract<BaseNode, { readonly kind: "directory" | "missing" }>;
  /** What is below it, by paths from the root, in the order of `compareImagePaths`; each time anew, as there may be very much. */
  readonly entries: () => Iterable<readonly [path: string, node: BaseNode]>;
  /** What is at a path below it; undefined where nothing is. */
  readonly find: (path: string) => BaseNode | undefined;
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
  const find = (one: string): BaseNode | undefined => {
    const below = view.look(one);
    return below?.kind === "missing" ? undefined : below;
  };
  function* entries(): Iterable<readonly [string, BaseNode]> {
    for (const one of mergePaths(listings.map((listing) => listing.below(path)))) {
      const below = find(one);
      if (below !== undefined) yield [one, below];
    }
  }
  return { path, node, entries, find };
}

/** Merges paths that are sorted each; a path that is in several comes once. */
function* mergePaths(sources: readonly Iterable<string>[]): Iterable<string> {
  const iterators = sources.map((source) => source[Symbol.iterator]());
  const heads = iterators.map((iterator) => iterator.next());
  while (true) {
    let first: string | undefined;
    for (const { done, value } of heads) {
      if (!done && (first === undefined || compareImagePaths(value, first) < 0)) first = value;
    }
    if (first === undefined) return;
    yield first;
    for (const [index, iterator] of iterators.entries()) {
      if (heads[index]?.value === first) heads[index] = iterator.next();
    }
  }
}
