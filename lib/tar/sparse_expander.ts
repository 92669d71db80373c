/** Expands sparse files to whole ones. */

import type { Bytes } from "../base/bytes.ts";
import { padded } from "./header.ts";
import type { SparseMap } from "./sparse.ts";

/** The most zeros in a chunk, bytes. */
const ZEROS_SIZE = 262_144;

/** Takes the stored bytes of a sparse file, and gives the whole file, padded to whole blocks. */
export class SparseExpander {
  readonly #map: SparseMap;
  /** Index in the map of the present region. */
  #region = 0;
  /** Bytes of the whole file that were written. */
  #position = 0;
  #zeros: Bytes | undefined;

  constructor(map: SparseMap) {
    this.#map = map;
  }

  /** Takes the next stored bytes. Those after the last region are padding. */
  push(stored: Bytes, output: Bytes[]): void {
    const { regions } = this.#map;
    let offset = 0;
    while (offset < stored.length && this.#region < regions.length) {
      const start = regions[this.#region] as number;
      const end = start + (regions[this.#region + 1] as number);
      this.#fill(start, output);
      const size = Math.min(end - this.#position, stored.length - offset);
      output.push(stored.subarray(offset, offset + size));
      offset += size;
      this.#position += size;
      if (this.#position === end) this.#region += 2;
    }
  }

  /** Writes the zeros after the last region. */
  end(output: Bytes[]): void {
    this.#fill(padded(this.#map.realSize), output);
  }

  #fill(end: number, output: Bytes[]): void {
    while (this.#position < end) {
      this.#zeros ??= new Uint8Array(ZEROS_SIZE);
      const size = Math.min(ZEROS_SIZE, end - this.#position);
      output.push(this.#zeros.subarray(0, size));
      this.#position += size;
    }
  }
}
