/** The last bytes of a stream, kept so that they can be read again. */

import type { Bytes } from "../base/bytes.ts";

/** A run of chunks that grows at its end and is cut at its start. */
export class ByteWindow {
  #chunks: Bytes[] = [];
  #start = 0;
  #end = 0;

  /** The offset of the first byte. */
  get start(): number {
    return this.#start;
  }

  /** The offset after the last byte. */
  get end(): number {
    return this.#end;
  }

  /** Whether all bytes from an offset to the end are kept. */
  reaches(offset: number): boolean {
    return offset >= this.#start && offset <= this.#end;
  }

  /** Adds a chunk, and drops the oldest ones as long as the rest has at least `limit` bytes. */
  push(chunk: Bytes, limit: number): void {
    this.#chunks.push(chunk);
    this.#end += chunk.length;
    let surplus = 0;
    for (const { length } of this.#chunks) {
      if (this.#end - this.#start - length < limit) break;
      this.#start += length;
      surplus++;
    }
    if (surplus > 0) this.#chunks.splice(0, surplus);
  }

  /** Drops everything; the next chunk is at an offset. */
  restart(offset: number): void {
    this.#chunks = [];
    this.#start = this.#end = offset;
  }

  /** The bytes from an offset on, not copied. */
  from(offset: number): Bytes[] {
    // From the end, since a reader that keeps up asks for the last chunk.
    let start = this.#end;
    let index = this.#chunks.length;
    while (index > 0 && start > offset) start -= this.#chunks[--index]?.length ?? 0;
    const [first, ...rest] = this.#chunks.slice(index);
    if (first === undefined) return [];
    return start < offset ? [first.subarray(offset - start), ...rest] : [first, ...rest];
  }
}
