/**
 * Finds the frames of zstd data (RFC 8878 §3.1). The decompressors of Deno and Node silently stop at the end of the first frame of a write,
 * at a skippable frame, and at the end of truncated data.
 */

import type { Bytes } from "../../base/bytes.ts";

/** RFC 8878 §3.1.1, little-endian. */
const FRAME_MAGIC = 0xfd2fb528;
/** RFC 8878 §3.1.2: sixteen magic numbers, 0x184D2A50 to 0x184D2A5F. */
const SKIPPABLE_MAGIC = 0x184d2a50;
/** Bytes of the window descriptor, dictionary id and content size of the longest frame header. */
const DICTIONARY_ID_SIZES = [0, 1, 2, 4] as const;
const CONTENT_SIZES = [0, 2, 4, 8] as const;

type State =
  | "magic"
  | "descriptor"
  | "skippable size"
  | "header"
  | "block header"
  | "body"
  | "skip";

/** Splits zstd data at the ends of its frames, and leaves skippable frames out. */
export class ZstdFrames {
  #state: State = "magic";
  /** The field being read, little-endian, of at most four bytes. */
  #field = 0;
  #fieldBytes = 0;
  /** Bytes left of a part that need not be parsed: of a header, a block, a checksum, a skippable frame. */
  #left = 0;
  #lastBlock = false;
  #hasChecksum = false;
  /** A magic number whose bytes came in an earlier chunk must still reach the decompressor. */
  #position = 0;

  /**
   * Takes the next bytes, and returns them as parts that do not cross the end of a frame.
   *
   * @throws {TypeError} if something else than a frame follows.
   */
  split(chunk: Bytes): Bytes[] {
    const parts: Bytes[] = [];
    let start = 0;
    let at = 0;
    while (at < chunk.length) {
      switch (this.#state) {
        case "magic": {
          if (this.#fieldBytes === 0) start = at;
          at = this.#readField(chunk, at, 4);
          if (this.#fieldBytes < 4) break;
          const magic = this.#takeField();
          if (magic === FRAME_MAGIC) {
            parts.push(Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd));
            start = at;
            this.#state = "descriptor";
          } else if (((magic & 0xfffffff0) >>> 0) === SKIPPABLE_MAGIC) {
            this.#state = "skippable size";
          } else {
            throw new TypeError(
              `Cannot decompress zstd data: no frame begins at byte ${this.#position + at - 4}`,
            );
          }
          break;
        }
        case "descriptor": {
          const descriptor = chunk[at++] ?? 0;
          const singleSegment = (descriptor & 0x20) !== 0;
          const contentSize = CONTENT_SIZES[(descriptor >> 6) as 0 | 1 | 2 | 3];
          this.#hasChecksum = (descriptor & 0x04) !== 0;
          this.#left = (singleSegment ? 0 : 1) +
            DICTIONARY_ID_SIZES[(descriptor & 0x03) as 0 | 1 | 2 | 3] +
            (singleSegment && contentSize === 0 ? 1 : contentSize);
          this.#lastBlock = false;
          this.#state = this.#left === 0 ? "block header" : "header";
          break;
        }
        case "skippable size":
          at = this.#readField(chunk, at, 4);
          if (this.#fieldBytes < 4) break;
          this.#left = this.#takeField();
          this.#state = this.#left === 0 ? "magic" : "skip";
          break;
        case "skip":
          at = this.#pass(chunk, at);
          if (this.#left === 0) this.#state = "magic";
          break;
        case "header":
          at = this.#pass(chunk, at);
          if (this.#left === 0) this.#state = "block header";
          break;
        case "block header": {
          at = this.#readField(chunk, at, 3);
          if (this.#fieldBytes < 3) break;
          const block = this.#takeField();
          this.#lastBlock = (block & 1) === 1;
          // A block of type 1 is one repeated byte.
          this.#left = ((block >> 1) & 3) === 1 ? 1 : block >> 3;
          if (this.#lastBlock && this.#hasChecksum) this.#left += 4;
          this.#state = "body";
          break;
        }
        case "body":
          at = this.#pass(chunk, at);
          break;
      }
      if (this.#state === "body" && this.#left === 0) {
        this.#state = this.#lastBlock ? "magic" : "block header";
        if (this.#lastBlock) {
          parts.push(chunk.subarray(start, at));
          start = at;
        }
      }
    }
    const inFrame = this.#state !== "magic" && this.#state !== "skip" &&
      this.#state !== "skippable size";
    if (inFrame && start < chunk.length) parts.push(chunk.subarray(start));
    this.#position += chunk.length;
    return parts;
  }

  /**
   * Ends the data.
   *
   * @throws {TypeError} if it ends in the middle of a frame, or is empty.
   */
  end(): void {
    if (this.#state !== "magic" || this.#fieldBytes > 0) {
      throw new TypeError(
        `Cannot decompress zstd data: it ends in the middle of a frame, after ${this.#position} bytes`,
      );
    }
    if (this.#position === 0) throw new TypeError("Cannot decompress zstd data: it is empty");
  }

  #readField(chunk: Bytes, at: number, size: number): number {
    while (this.#fieldBytes < size && at < chunk.length) {
      this.#field += (chunk[at++] ?? 0) * 2 ** (8 * this.#fieldBytes++);
    }
    return at;
  }

  #takeField(): number {
    const field = this.#field;
    this.#field = 0;
    this.#fieldBytes = 0;
    return field;
  }

  #pass(chunk: Bytes, at: number): number {
    const passed = Math.min(this.#left, chunk.length - at);
    this.#left -= passed;
    return at + passed;
  }
}
