/** Reading content and finding out at its end whether it was what its descriptor promised. */

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
  /** Bytes; left out, only the digest is checked. */
  readonly size?: number | undefined;
  /** How the message begins: `Cannot read blob "sha256:…" from "ghcr.io/acme/app"`. */
  readonly action: string;
  /** @default {createSha256} */
  readonly createHasher?: CreateHasher | undefined;
}

/**
 * Passes a stream on and checks size and digest.
 *
 * @throws {DigestMismatchError} at the first byte too many, or at the end. What was passed on by then must not be used.
 */
export async function* verifyStream(source: ByteStream, options: VerifyOptions): ByteStream {
  const check = new ContentCheck(options);
  for await (const chunk of source) {
    await check.add(chunk);
    yield chunk;
  }
  await check.finish();
}

/** Holds content that goes by against its size and digest. */
export class ContentCheck {
  readonly #options: VerifyOptions;
  readonly #hash: ContentHash;
  #size = 0;

  constructor(options: VerifyOptions) {
    this.#options = options;
    this.#hash = createContentHash(options.digest, options.createHasher ?? createSha256);
  }

  /** Bytes so far. */
  get size(): number {
    return this.#size;
  }

  /**
   * Takes a chunk, whose array may be used again once the promise is settled.
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
   * @throws {DigestMismatchError} if it was not what was promised.
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
 * Checks bytes that are at hand.
 *
 * @param action How the message begins: `Cannot read manifest "1" from "ghcr.io/acme/app"`.
 * @throws {DigestMismatchError} if they hash to something else.
 */
export async function verifyBytes(bytes: Bytes, expected: Digest, action: string): Promise<void> {
  const actual = await digestOf(bytes, digestAlgorithm(expected));
  if (actual !== expected) throw new DigestMismatchError(action, { expected, actual });
}

/** The digest of content that goes by. */
interface ContentHash {
  /** Adds bytes. Await the result where there is one before reusing the array. */
  update(chunk: Bytes): void | Promise<void>;
  /** The digest of all of them; the hash is spent afterwards. */
  digest(): Promise<Digest>;
}

/**
 * Begins a digest of the algorithm of another one.
 *
 * @param createSha256 For the usual algorithm, the host's own; SHA-512 is rare and plain TypeScript.
 */
function createContentHash(expected: Digest, createSha256: CreateHasher): ContentHash {
  const algorithm = digestAlgorithm(expected);
  const hasher = algorithm === "sha256" ? createSha256() : createSha512();
  return {
    update: (chunk) => hasher.update(chunk),
    digest: async () => parseDigest(`${algorithm}:${encodeHex(await hasher.digest())}`),
  };
}
