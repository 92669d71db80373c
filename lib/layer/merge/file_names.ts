/** Names of files of an image, those of one file together. */

import type { MergedTree } from "./merged_tree.ts";

/** More than a tree has nodes: two numbers become one by it, which is exact (2³² entries at the most). */
const MOST_NODES = 2 ** 21;

/** Nodes by the file that they are names of. Nothing but numbers is kept of each. */
export class FileNames {
  readonly #nodes: readonly number[];
  /** The entry of each node, times {@linkcode MOST_NODES}, and its place among the nodes. */
  readonly #keys: Float64Array;

  /** @param nodes Of anything but directories. */
  constructor(tree: MergedTree, nodes: readonly number[]) {
    this.#nodes = nodes;
    this.#keys = Float64Array.from(
      nodes,
      (node, place) => tree.entryOf(node) * MOST_NODES + place,
    ).sort();
  }

  /**
   * The names of each file in their order, files in the order in which their entries lie in the layers.
   *
   * @param isMeant Says of the first name of a file whether it is one of them.
   */
  *byEntry(isMeant: (node: number) => boolean): Iterable<readonly number[]> {
    for (let start = 0; start < this.#keys.length; start = this.#endOf(start)) {
      if (isMeant(this.#nodeAt(start))) yield this.#namesFrom(start);
    }
  }

  /** The same, files in the order of their first names. */
  *byName(isMeant: (node: number) => boolean): Iterable<readonly number[]> {
    const starts = new Uint32Array(this.#nodes.length);
    for (let start = 0; start < this.#keys.length; start = this.#endOf(start)) {
      if (isMeant(this.#nodeAt(start))) starts[this.#placeAt(start)] = start + 1;
    }
    for (const start of starts) if (start !== 0) yield this.#namesFrom(start - 1);
  }

  /** Where the names of the next file begin. */
  #endOf(start: number): number {
    const entry = this.#entryAt(start);
    let end = start + 1;
    while (this.#entryAt(end) === entry) end++;
    return end;
  }

  #namesFrom(start: number): readonly number[] {
    const names: number[] = [];
    const end = this.#endOf(start);
    for (let at = start; at < end; at++) names.push(this.#nodeAt(at));
    return names;
  }

  #nodeAt(index: number): number {
    return this.#nodes[this.#placeAt(index)] as number;
  }

  #entryAt(index: number): number {
    return Math.floor((this.#keys[index] ?? 0) / MOST_NODES);
  }

  #placeAt(index: number): number {
    return (this.#keys[index] as number) % MOST_NODES;
  }
}
