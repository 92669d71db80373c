/** The interface of compression: web standards implement it, and `node:zlib` with threads where a host has them. */

import type { Bytes, Transform } from "../../base/bytes.ts";

/** How a layer is compressed. */
export type Compression = "gzip" | "zstd" | "none";

/** How a layer is to be compressed: in zstd:chunked and eStargz each file for itself, with a table of contents, for lazy pulls. */
export type LayerFormat = Compression | "zstd:chunked" | "estargz";

/** All formats, for choices and messages. */
export const LAYER_FORMATS: readonly LayerFormat[] = [
  ...["gzip", "zstd", "none", "zstd:chunked", "estargz"] as const,
];

/** What a format is for a reader that does not know of its table. */
export function compressionOf(format: LayerFormat): Compression {
  if (format === "zstd:chunked") return "zstd";
  return format === "estargz" ? "gzip" : format;
}

/** Compresses parts of data, each for itself: to a gzip member or a zstd frame. */
export interface PartCompressor {
  /** Bytes that a part may have. */
  readonly partSize: number;
  /** Gives the compressed parts in their order, some time after it has taken them. */
  compress(parts: AsyncIterable<Bytes>): AsyncIterable<Bytes>;
}

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
  /**
   * Makes what compresses parts for themselves. Absent where there is none.
   *
   * @throws {TypeError} if this runtime has no compressor for the format.
   */
  readonly compressParts?: (
    format: "gzip" | "zstd",
    options?: CompressOptions,
  ) => PartCompressor;
}
