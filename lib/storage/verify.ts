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
  const { digest, action } = options;
  const hash = createContentHash(digest, options.createHasher ?? createSha256);
  let size = 0;
  for await (const chunk of source) {
    size += chunk.length;
    if (options.size !== undefined && size > options.size) {
      throw new DigestMismatchError(action, {
        expected: `${options.size} bytes`,
        actual: "more",
      });
    }
    await hash.update(chunk);
    yield chunk;
  }
  if (options.size !== undefined && size < options.size) {
    throw new DigestMismatchError(action, {
      expected: `${options.size} bytes`,
      actual: `${size} bytes`,
    });
  }
  const actual = await hash.digest();
  if (actual !== digest) throw new DigestMismatchError(action, { expected: digest, actual });
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
export interface ContentHash {
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
export function createContentHash(expected: Digest, createSha256: CreateHasher): ContentHash {
  const algorithm = digestAlgorithm(expected);
  const hasher = algorithm === "sha256" ? createSha256() : createSha512();
  return {
    update: (chunk) => hasher.update(chunk),
    digest: async () => parseDigest(`${algorithm}:${encodeHex(await hasher.digest())}`),
  };
}
