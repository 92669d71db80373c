/** What a repository reads a blob from. */

import type { Bytes, ByteStream } from "../base/bytes.ts";
import type { Digest } from "../oci/digest.ts";

/** Bytes on their way into a repository. */
export interface BlobSource {
  /** Known in advance, as for a blob that is copied; absent while the bytes are still being made. */
  readonly digest?: Digest;
  /** Bytes; known in advance or absent. */
  readonly size?: number;
  /** Whether `open` may be called again, so that a failed upload can start anew. */
  readonly replayable: boolean;
  /**
   * Whether `open` may give other bytes another time, for the same content: a compression need not give the same twice. The source then
   * fails by itself where it is not the same content any more.
   *
   * @default {false}
   */
  readonly bytesMayVary?: boolean;
  /**
   * Whether `open` throws at its end by itself where the bytes are not those of digest and size, as `BlobFetcher.getBlob` does: then they
   * are not hashed once more.
   *
   * @default {false}
   */
  readonly isChecked?: boolean;
  /**
   * The bytes from an offset.
   *
   * @param start Bytes to leave out at the front.
   * @default {0}
   */
  open(start?: number): ByteStream;
}

/**
 * Bytes at hand, as a source.
 *
 * @param digest Theirs, where it is known.
 */
export function bytesSource(bytes: Bytes, digest?: Digest): BlobSource {
  return {
    ...(digest === undefined ? {} : { digest }),
    size: bytes.length,
    replayable: true,
    async *open(start = 0): ByteStream {
      yield await Promise.resolve(bytes.subarray(start));
    },
  };
}
