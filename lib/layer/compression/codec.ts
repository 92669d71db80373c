/** The interface of compression: web standards implement it, and `node:zlib` with threads where a host has them. */

import type { Transform } from "../../base/bytes.ts";

/** How a layer is compressed. */
export type Compression = "gzip" | "zstd" | "none";

/** All compressions, for choices and messages. */
export const COMPRESSIONS: readonly Compression[] = ["gzip", "zstd", "none"];

/** Options of {@linkcode Codec.compress}. */
export interface CompressOptions {
  /**
   * Level of the format: gzip 1 to 9, zstd 1 to 22.
   *
   * @default the codec's own
   */
  readonly level?: number | undefined;
}

/** Compresses and decompresses layers. */
export interface Codec {
  /**
   * A stage that compresses into one gzip member, or zstd frames. It is done with a chunk when it asks for the next one, whose memory
   * may be the same.
   *
   * @throws {TypeError} if this runtime has no compressor for the format, or none with levels when one is given.
   */
  compress(format: "gzip" | "zstd", options?: CompressOptions): Transform;
  /**
   * A stage that decompresses everything that it reads: all members and frames. It throws where the data is broken, cut short
   * or followed by anything that is not compressed data.
   *
   * @throws {TypeError} if this runtime has no decompressor for the format.
   */
  decompress(format: "gzip" | "zstd"): Transform;
}
