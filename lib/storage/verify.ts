/** Checks content against the digest and size of its descriptor. */

import type { Bytes, ByteStream } from "../base/bytes.ts";
import type { CreateHasher } from "../base/hash/hasher.ts";
import { encodeHex } from "../base/hex.ts";
import { createSha256 } from "../base/hash/sha256.ts";
import { createSha512 } from "../base/hash/sha512.ts";
import { type Digest, digestAlgorithm, digestOf, parseDigest } from "../oci/digest.ts";
import { DigestMismatchError } from "./digest_mismatch_error.ts";

/** Options of {@linkcode verifyStream}. */
export interface VerifyOptions {
  readonly digest: Digest;
  /** The size in bytes; without it only the digest is checked. */
  readonly size?: number | undefined;
  /** The beginning of the message: `Cannot read blob "sha256:…" from "ghcr.io/acme/app"`. */
  readonly action: string;
  /** @default {createSha256} */
  readonly createHasher?: CreateHasher | undefined;
}

/**
 * Passes a stream on and checks size and digest.
 *
 * @throws {DigestMismatchError} at the first byte too many, or at the end. The bytes that were passed on by then must not be used.
 */
export async function* verifyStream(source: ByteStream, options: VerifyOptions): ByteStream {
  const check = new ContentCheck(options);
  for await (const chunk of source) {
    await check.add(chunk);
    yield chunk;
  }
  await check.finish();
}

/** Checks the size and digest of content that is added chunk by chunk. */
export class ContentCheck {
  readonly #options: VerifyOptions;
  readonly #hash: ContentHash;
  #size = 0;

  constructor(options: VerifyOptions) {
    this.#options = options;
    this.#hash = createContentHash(options.digest, options.createHasher ?? createSha256);
  }

  /** The number of bytes so far. */
  get size(): number {
    return this.#size;
  }

  /**
   * Adds a chunk, whose array may be reused once the promise is settled.
   *
   * @throws {DigestMismatchError} at the first byte too many.
   */
  async add(chunk: Bytes): Promise<void> {
    this.#size += chunk.length;
    const { size } = this.#options;
    if (size !== undefined && this.#size > size) throw this.#mismatch(`${size} bytes`, "more");
    await this.#hash.update(chunk);
  }

  /**
   * Ends the content.
   *
   * @throws {DigestMismatchError} if it does not match its digest or size.
   */
  async finish(): Promise<void> {
    const { size, digest } = this.#options;
    if (size !== undefined && this.#size < size) {
      throw this.#mismatch(`${size} bytes`, `${this.#size} bytes`);
    }
    const actual = await this.#hash.digest();
    if (actual !== digest) throw this.#mismatch(digest, actual);
  }

  #mismatch(expected: string, actual: string): DigestMismatchError {
    return new DigestMismatchError(this.#options.action, { expected, actual });
  }
}

/**
 * Checks bytes in memory.
 *
 * @param action The beginning of the message: `Cannot read manifest "1" from "ghcr.io/acme/app"`.
 * @throws {DigestMismatchError} if they do not match the digest.
 */
export async function verifyBytes(bytes: Bytes, expected: Digest, action: string): Promise<void> {
  const actual = await digestOf(bytes, digestAlgorithm(expected));
  if (actual !== expected) throw new DigestMismatchError(action, { expected, actual });
}

/** Computes the digest of content that is added chunk by chunk. */
interface ContentHash {
  /** Adds bytes. If it returns a promise, the array may be reused once that is settled. */
  update(chunk: Bytes): void | Promise<void>;
  /** The digest of all bytes; nothing can be added afterwards. */
  digest(): Promise<Digest>;
}

/**
 * Makes a hash of the algorithm of an expected digest.
 *
 * @param createSha256 The host's SHA-256; SHA-512 is rare, and computed in plain TypeScript.
 */
function createContentHash(expected: Digest, createSha256: CreateHasher): ContentHash {
  const algorithm = digestAlgorithm(expected);
  const hasher = algorithm === "sha256" ? createSha256() : createSha512();
  return {
    update: (chunk) => hasher.update(chunk),
    digest: async () => parseDigest(`${algorithm}:${encodeHex(await hasher.digest())}`),
  };
}
