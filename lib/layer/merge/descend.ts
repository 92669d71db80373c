/** Follows the names of a path. */

import type { PathTree } from "../base/path_tree.ts";
import { joinImagePath } from "../files/image_path.ts";
import { WHITEOUT } from "../files/removals.ts";
import { DIRECTORY, typeOf } from "./merged_entry.ts";

/**
 * Goes down from a directory as far as there are directories.
 *
 * @param names One in the other.
 * @returns the last of them, and how many of the names that are.
 */
export function descend(
  tree: PathTree,
  top: number,
  names: readonly string[],
): { readonly node: number; readonly count: number } {
  const path = joinImagePath(tree.pathOf(top), names.join("/"));
  const whole = tree.find(path);
  if (typeOf(tree, whole) === DIRECTORY) return { node: whole, count: names.length };
  // Where each of the paths ends.
  const ends = [tree.pathOf(top) === "" ? -1 : tree.pathOf(top).length];
  for (const name of names) ends.push((ends.at(-1) as number) + 1 + name.length);
  // Above a directory there are nothing but directories: so the names can be halved, however many there are.
  let [node, low, high] = [top, 0, names.length];
  while (low + 1 < high) {
    const middle = low + high >>> 1;
    const found = tree.find(path, ends[middle]);
    if (typeOf(tree, found) === DIRECTORY) [node, low] = [found, middle];
    else high = middle;
  }
  return { node, count: low };
}

/** The names in a path, those of the directory above too. */
export function pathNames(path: string): readonly string[] {
  return path.split("/").filter((name) => name !== "" && name !== ".");
}

/** Whether it is the name of something in a directory, and no whiteout. */
export function isPlainName(name: string): boolean {
  return name !== "" && name !== "." && name !== ".." && !name.startsWith(WHITEOUT);
}
