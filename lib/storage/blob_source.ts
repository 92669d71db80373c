/** What a repository reads a blob from. */

import type { Bytes, ByteStream } from "../base/bytes.ts";
import type { Digest } from "../oci/digest.ts";

/** The bytes of a blob that is to be put into a repository. */
export interface BlobSource {
  /** The blob's digest, if it is known in advance, as for a blob that is copied. */
  readonly digest?: Digest;
  /** The blob's size in bytes, if it is known in advance. */
  readonly size?: number;
  /** Whether `open` may be called again, so that a failed upload can start again. */
  readonly replayable: boolean;
  /**
   * Whether each `open` may give different bytes of the same content, as compressing it again may. The stream then throws by itself if
   * the content has changed.
   *
   * @default {false}
   */
  readonly bytesMayVary?: boolean;
  /**
   * Whether the stream of `open` itself throws at its end if the bytes do not match digest and size, as that of `BlobFetcher.getBlob`
   * does: then they are not hashed a second time.
   *
   * @default {false}
   */
  readonly isChecked?: boolean;
  /**
   * The bytes from an offset.
   *
   * @param start The offset, in bytes.
   * @default {0}
   */
  open(start?: number): ByteStream;
}

/**
 * Makes a source of bytes in memory.
 *
 * @param digest Their digest, if it is known.
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
