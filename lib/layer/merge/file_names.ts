/** Groups the paths of an image by file, so that hard links are found. */

import type { MergedTree } from "./merged_tree.ts";

/** More than the nodes of a tree. An entry's number times this, plus a node's index, is exact in a double (for up to 2³² entries). */
const MOST_NODES = 2 ** 21;

/** Nodes grouped by their file. Only one number is kept for each. */
export class FileNames {
  readonly #nodes: readonly number[];
  /** For each node, the number of its entry times {@linkcode MOST_NODES} plus its index, sorted. */
  readonly #keys: Float64Array;

  /** @param nodes Those that are no directories, in the order of their paths. */
  constructor(tree: MergedTree, nodes: readonly number[]) {
    this.#nodes = nodes;
    this.#keys = Float64Array.from(
      nodes,
      (node, place) => tree.entryOf(node) * MOST_NODES + place,
    ).sort();
  }

  /**
   * The nodes of each file, in the order in which the files' entries are in the layers.
   *
   * @param isMeant Whether a file is to be given, by its first node.
   */
  *byEntry(isMeant: (node: number) => boolean): Iterable<readonly number[]> {
    for (let start = 0; start < this.#keys.length; start = this.#endOf(start)) {
      if (isMeant(this.#nodeAt(start))) yield this.#namesFrom(start);
    }
  }

  /** The nodes of each file, in the order of the files' first paths. */
  *byName(isMeant: (node: number) => boolean): Iterable<readonly number[]> {
    const starts = new Uint32Array(this.#nodes.length);
    for (let start = 0; start < this.#keys.length; start = this.#endOf(start)) {
      if (isMeant(this.#nodeAt(start))) starts[this.#placeAt(start)] = start + 1;
    }
    for (const start of starts) if (start !== 0) yield this.#namesFrom(start - 1);
  }

  /** The index in the keys at which the next file begins. */
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
