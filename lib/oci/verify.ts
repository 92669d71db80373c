/** Reading content and finding out at its end whether it was what its descriptor promised. */

import { type Bytes, type ByteStream, concatBytes } from "../base/bytes.ts";
import type { CreateHasher } from "../base/hasher.ts";
import { encodeHex } from "../base/hex.ts";
import { createSha256 } from "../base/sha256.ts";
import { type Digest, digestAlgorithm, digestOf } from "./digest.ts";
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

/** Web Crypto takes no streams and there is no other SHA-512 here, so such content is kept until its end. */
const MAX_SHA512_SIZE = 256 * 1024 * 1024;

/**
 * Passes a stream on and checks size and digest.
 *
 * @throws {DigestMismatchError} at the first byte too many, or at the end. What was passed on by then must not be used.
 */
export async function* verifyStream(source: ByteStream, options: VerifyOptions): ByteStream {
  const { digest, action } = options;
  const hash = digestAlgorithm(digest) === "sha256"
    ? streamingHash(options.createHasher ?? createSha256)
    : collectingHash(action);
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

interface ContentHash {
  update(chunk: Bytes): void | Promise<void>;
  digest(): Promise<Digest>;
}

function streamingHash(createHasher: CreateHasher): ContentHash {
  const hasher = createHasher();
  return {
    update: (chunk) => hasher.update(chunk),
    digest: async () => `sha256:${encodeHex(await hasher.digest())}`,
  };
}

function collectingHash(action: string): ContentHash {
  const chunks: Bytes[] = [];
  let size = 0;
  return {
    update(chunk): void {
      size += chunk.length;
      if (size > MAX_SHA512_SIZE) {
        throw new RangeError(
          `${action}: content with a sha512 digest can be at most ${MAX_SHA512_SIZE} bytes`,
        );
      }
      // The reader may reuse what it is passed.
      chunks.push(chunk.slice());
    },
    digest: () => digestOf(concatBytes(chunks), "sha512"),
  };
}
