/**
 * SHA-256 (FIPS 180-4, RFC 6234) for runtimes without a native incremental one: in WebAssembly if it may be compiled, which is 1.5 to 1.9
 * times as fast as TypeScript, and through `DigestStream` on workerd.
 */

import type { Bytes } from "../bytes.ts";
import { createDigestStreamHasher, hasDigestStream } from "./digest_stream.ts";
import type { CreateHasher, Hasher } from "./hasher.ts";
import { createPlainSha256 } from "./plain_sha256.ts";
import type { Sha256Engine } from "./sha256_engine.ts";
import { createWasmSha256 } from "./wasm_sha256.ts";

/** Bytes that the compression function takes at a time. */
const BLOCK_SIZE = 64;

/** Initial state from RFC 6234 §6.1: fractions of the square roots of the first eight primes. */
// deno-fmt-ignore
const INITIAL_STATE = [
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
];

/** Makes an incremental SHA-256, the fastest of this runtime's web standards. `update` keeps nothing of its argument once it is settled. */
export const createSha256: CreateHasher = (): Hasher =>
  hasDigestStream()
    ? createDigestStreamHasher()
    : new Sha256(createWasmSha256() ?? createPlainSha256());

/** SHA-256 by a compression function: splits the input into blocks, and pads the last one. */
export class Sha256 implements Hasher {
  readonly #engine: Sha256Engine;
  /** The start of an incomplete block. */
  readonly #pending: Bytes = new Uint8Array(BLOCK_SIZE);
  #pendingSize = 0;
  #size = 0;
  #spent = false;

  constructor(engine: Sha256Engine) {
    this.#engine = engine;
    engine.state.set(INITIAL_STATE);
  }

  update(chunk: Bytes): void {
    if (this.#spent) throw new TypeError("Cannot update a hash: it was already finished");
    this.#size += chunk.length;
    let offset = 0;
    if (this.#pendingSize > 0) {
      offset = Math.min(BLOCK_SIZE - this.#pendingSize, chunk.length);
      this.#pending.set(chunk.subarray(0, offset), this.#pendingSize);
      this.#pendingSize += offset;
      if (this.#pendingSize < BLOCK_SIZE) return;
      this.#engine.hashBlocks(this.#pending, 0, BLOCK_SIZE);
    }
    const end = offset + Math.floor((chunk.length - offset) / BLOCK_SIZE) * BLOCK_SIZE;
    if (end > offset) this.#engine.hashBlocks(chunk, offset, end);
    this.#pending.set(chunk.subarray(end));
    this.#pendingSize = chunk.length - end;
  }

  digest(): Bytes {
    if (this.#spent) throw new TypeError("Cannot finish a hash: it was already finished");
    // RFC 6234 §4.1: a one bit, zeros, and the length in bits as 64 bits that end a block.
    const bits = BigInt(this.#size) * 8n;
    const padding = new Uint8Array((this.#pendingSize < 56 ? 64 : 128) - this.#pendingSize);
    padding[0] = 0x80;
    new DataView(padding.buffer).setBigUint64(padding.length - 8, bits);
    this.update(padding);
    this.#spent = true;
    const digest = new DataView(new ArrayBuffer(32));
    this.#engine.state.forEach((word, index) => digest.setInt32(index * 4, word));
    return new Uint8Array(digest.buffer);
  }
}
