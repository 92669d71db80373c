/** Follows the names of a path through directories. */

import type { PathTree } from "../base/path_tree.ts";
import { joinImagePath } from "../files/image_path.ts";
import { WHITEOUT } from "../files/removals.ts";
import { DIRECTORY, typeOf } from "./merged_entry.ts";

/**
 * Goes down from a directory along a path, as long as there are directories.
 *
 * @param names The names of the path.
 * @returns the node of the last directory, and how many names lead to it.
 */
export function descend(
  tree: PathTree,
  top: number,
  names: readonly string[],
): { readonly node: number; readonly count: number } {
  const path = joinImagePath(tree.pathOf(top), names.join("/"));
  const whole = tree.find(path);
  if (typeOf(tree, whole) === DIRECTORY) return { node: whole, count: names.length };
  // Where the path of the first n names ends.
  const ends = [tree.pathOf(top) === "" ? -1 : tree.pathOf(top).length];
  for (const name of names) ends.push((ends.at(-1) as number) + 1 + name.length);
  // A binary search, since everything above a directory is a directory.
  let [node, low, high] = [top, 0, names.length];
  while (low + 1 < high) {
    const middle = low + high >>> 1;
    const found = tree.find(path, ends[middle]);
    if (typeOf(tree, found) === DIRECTORY) [node, low] = [found, middle];
    else high = middle;
  }
  return { node, count: low };
}

/** Whether a name is that of an entry in a directory, and of no whiteout. */
export function isPlainName(name: string): boolean {
  return name !== "" && name !== "." && name !== ".." && !name.startsWith(WHITEOUT);
}
