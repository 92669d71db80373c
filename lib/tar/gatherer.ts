/** Larger chunks out of small ones. */

import type { Bytes } from "../base/bytes.ts";

/** Bytes that are gathered before they are handed on: a step of every stage for each small file would cost more than the copy. */
const GATHER_SIZE = 65_536;

/** Chunks of at least this size are handed on as they are. */
const PASS_SIZE = 16_384;

/** Joins small chunks; large ones pass as they are. */
export class Gatherer {
  #buffer: Bytes = new Uint8Array(GATHER_SIZE);
  #filled = 0;

  /** Takes a chunk and gives back those that are full. */
  *add(chunk: Bytes): Iterable<Bytes> {
    if (chunk.length > GATHER_SIZE - this.#filled || chunk.length >= PASS_SIZE) yield* this.flush();
    if (chunk.length >= PASS_SIZE) yield chunk;
    else {
      this.#buffer.set(chunk, this.#filled);
      this.#filled += chunk.length;
    }
  }

  /** Gives back what is left. */
  *flush(): Iterable<Bytes> {
    if (this.#filled === 0) return;
    const full = this.#buffer.subarray(0, this.#filled);
    // Never used again: a stage further down may still hold the chunk.
    this.#buffer = new Uint8Array(GATHER_SIZE);
    this.#filled = 0;
    yield full;
  }
}
