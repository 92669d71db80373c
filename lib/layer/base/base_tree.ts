/** A directory of an image, with everything below it. */

import { compareImagePaths } from "../files/image_path.ts";
import { LayerError } from "../layer_error.ts";
import type { BaseNode, BaseView } from "./base_view.ts";
import type { LayerListing } from "./layer_listing.ts";

/** A directory of an image, with everything below it. */
export interface BaseTree {
  /** Path of the directory, without symbolic links. */
  readonly path: string;
  /** The directory itself. */
  readonly node: Extract<BaseNode, { readonly kind: "directory" | "missing" }>;
  /** The entries below it, by paths from the root, in the order of `compareImagePaths`. Each call reads them again, as there may be very many. */
  readonly entries: () => Iterable<readonly [path: string, node: BaseNode]>;
  /** What is at a path below it; undefined if there is nothing. */
  readonly find: (path: string) => BaseNode | undefined;
}

/**
 * Gathers what layers have below a directory. They must have been read for it.
 *
 * @param asked Path of the directory; links to it are followed.
 * @throws {LayerError} if there is something else than a directory, there or above it.
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
  const find = (path: string): BaseNode | undefined => {
    const below = view.look(path);
    return below?.kind === "missing" ? undefined : below;
  };
  function* entries(): Iterable<readonly [string, BaseNode]> {
    for (const below of mergePaths(listings.map((listing) => listing.below(path)))) {
      const node = find(below);
      if (node !== undefined) yield [below, node];
    }
  }
  return { path, node, entries, find };
}

/** Merges sorted sequences of paths into one, without repetitions. */
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
