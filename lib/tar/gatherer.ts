/** Joins small chunks into larger ones. */

import type { Bytes } from "../base/bytes.ts";

/** Bytes of a joined chunk. To pass each small file on by itself would cost more than the copy. */
const GATHER_SIZE = 262_144;

/** Chunks of at least this size are passed on as they are. */
const PASS_SIZE = 65_536;

/**
 * Joins small chunks; large ones pass as they are. Not a generator: making and awaiting one for each header of 100,000 files took longer
 * than writing the headers.
 */
export class Gatherer {
  #buffer: Bytes = new Uint8Array(GATHER_SIZE);
  #filled = 0;
  #full: Bytes[] = [];

  /**
   * Adds a chunk.
   *
   * @returns whether there are chunks to {@linkcode take}.
   */
  add(chunk: Bytes): boolean {
    if (chunk.length >= PASS_SIZE) {
      this.flush();
      this.#full.push(chunk);
      return true;
    }
    if (chunk.length > GATHER_SIZE - this.#filled) this.flush();
    this.#buffer.set(chunk, this.#filled);
    this.#filled += chunk.length;
    return this.#full.length > 0;
  }

  /** Completes the chunk that is being filled. */
  flush(): void {
    if (this.#filled === 0) return;
    this.#full.push(this.#buffer.subarray(0, this.#filled));
    // New memory: a later stage may still hold the chunk.
    this.#buffer = new Uint8Array(GATHER_SIZE);
    this.#filled = 0;
  }

  /** Takes the complete chunks. */
  take(): readonly Bytes[] {
    const full = this.#full;
    this.#full = [];
    return full;
  }
}
