/** Reads a stream into arrays of known sizes: the inverse of writing their bytes one after the other. */

import type { Bytes, ByteStream } from "./bytes.ts";

/** Reads arrays from a stream. */
export class ArrayReader {
  readonly #chunks: AsyncIterator<Bytes>;
  #rest: Bytes = new Uint8Array(0);

  constructor(stream: ByteStream) {
    this.#chunks = stream[Symbol.asyncIterator]();
  }

  /**
   * Fills an array of numbers, in the machine's byte order.
   *
   * @returns the array.
   * @throws {SyntaxError} if the stream is too short.
   */
  async fill<Numbers extends ArrayBufferView>(array: Numbers): Promise<Numbers> {
    const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
    for (let filled = 0; filled < bytes.length;) {
      if (this.#rest.length === 0 && !await this.#readOn()) throw new SyntaxError("cut short");
      const part = this.#rest.subarray(0, bytes.length - filled);
      bytes.set(part, filled);
      filled += part.length;
      this.#rest = this.#rest.subarray(part.length);
    }
    return array;
  }

  /**
   * Checks that the stream has ended.
   *
   * @throws {SyntaxError} if it has more bytes.
   */
  async end(): Promise<void> {
    while (this.#rest.length === 0) if (!await this.#readOn()) return;
    throw new SyntaxError("longer than it should be");
  }

  /** Stops reading; safe at any time. */
  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  async #readOn(): Promise<boolean> {
    const { done, value } = await this.#chunks.next();
    if (done !== true) this.#rest = value;
    return done !== true;
  }
}

/** A view of an array of numbers as bytes, in the machine's byte order. */
export function bytesOf(array: Uint8Array | Uint32Array | Float64Array): Bytes {
  return new Uint8Array(array.buffer as ArrayBuffer, array.byteOffset, array.byteLength);
}
