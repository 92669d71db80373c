/** Holds a long text compressed. */

import {
  type Bytes,
  type ByteStream,
  concatBytes,
  oneChunk,
  type Transform,
} from "../../base/bytes.ts";
import type { CreateHasher, Hasher } from "../../base/hash/hasher.ts";
import { encodeHex } from "../../base/hex.ts";
import type { PartCompressor } from "../compression/codec.ts";

/** Bytes that are compressed at a time; as many keep threads busy. */
const AT_ONCE = 16 * 1024 * 1024;

/** A text that is added piece by piece. */
export class PackedText {
  readonly #compressor: PartCompressor;
  readonly #hasher: Hasher;
  #packed: Bytes[] = [];
  #packedSize = 0;
  #waiting: Bytes[] = [];
  #waitingSize = 0;
  #size = 0;

  constructor(compressor: PartCompressor, createHasher: CreateHasher) {
    this.#compressor = compressor;
    this.#hasher = createHasher();
  }

  /** Bytes of the text. */
  get size(): number {
    return this.#size;
  }

  /** Bytes of the compressed text. */
  get packedSize(): number {
    return this.#packedSize;
  }

  /** Adds the next pieces. */
  async add(pieces: readonly Bytes[]): Promise<void> {
    for (const bytes of pieces) {
      this.#size += bytes.length;
      this.#waiting.push(bytes);
      this.#waitingSize += bytes.length;
      await this.#hasher.update(bytes);
    }
    if (this.#waitingSize >= AT_ONCE) await this.end();
  }

  /** Compresses what was added so far. */
  async end(): Promise<void> {
    const { partSize } = this.#compressor;
    // In as few parts as possible: some readers read only the first frame.
    const bytes = concatBytes(this.#waiting);
    this.#waiting = [];
    this.#waitingSize = 0;
    async function* parts(): ByteStream {
      for (let at = 0; at < bytes.length; at += partSize) {
        yield await Promise.resolve(bytes.subarray(at, at + partSize));
      }
    }
    for await (const part of this.#compressor.compress(parts())) {
      this.#packed.push(part);
      this.#packedSize += part.length;
    }
  }

  /** `sha256:…` of the text; to be called once, at its end. */
  async digest(): Promise<string> {
    return `sha256:${encodeHex(await this.#hasher.digest())}`;
  }

  /** The compressed text, once it has ended. */
  async *packed(): ByteStream {
    for (const bytes of this.#packed) yield await Promise.resolve(bytes);
  }

  /** The text again, decompressed part by part, since some decompressors take only one. */
  async *unpacked(decompress: Transform): ByteStream {
    for (const bytes of this.#packed) yield* decompress(oneChunk(bytes));
  }

  /** Forgets all of it. */
  clear(): void {
    this.#packed = [];
    this.#packedSize = 0;
    this.#waiting = [];
    this.#waitingSize = 0;
    this.#size = 0;
  }
}
