/** The interface of compression: web standards implement it, and `node:zlib` with threads where a host has them. */

import type { Bytes, Transform } from "../../base/bytes.ts";

/** How a layer is compressed. */
export type Compression = "gzip" | "zstd" | "none";

/** How a layer is to be compressed. In zstd:chunked and eStargz each file is compressed by itself, with a table of contents, for lazy pulls. */
export type LayerFormat = Compression | "zstd:chunked" | "estargz";

/** All formats, for choices and messages. */
export const LAYER_FORMATS: readonly LayerFormat[] = [
  ...["gzip", "zstd", "none", "zstd:chunked", "estargz"] as const,
];

/** The compression of a format, for readers that ignore its table of contents. */
export function compressionOf(format: LayerFormat): Compression {
  if (format === "zstd:chunked") return "zstd";
  return format === "estargz" ? "gzip" : format;
}

/** Compresses parts of data, each by itself: to a gzip member or a zstd frame. */
export interface PartCompressor {
  /** The most bytes of a part. */
  readonly partSize: number;
  /** Gives the compressed parts in the order of the parts, some time after it has taken them. */
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
   * A stage that compresses into one gzip member, or zstd frames. The memory of a chunk may be used again once the stage asks for the
   * next one.
   *
   * @throws {TypeError} if this runtime has no compressor for the format, or none with levels when one is given.
   */
  compress(format: "gzip" | "zstd", options?: CompressOptions): Transform;
  /**
   * A stage that decompresses all members or frames of its input. It throws if the data is broken, cut short or followed by something
   * else.
   *
   * @throws {TypeError} if this runtime has no decompressor for the format.
   */
  decompress(format: "gzip" | "zstd"): Transform;
  /**
   * Makes a compressor of parts. Absent if the codec has none.
   *
   * @throws {TypeError} if this runtime has no compressor for the format.
   */
  readonly compressParts?: (
    format: "gzip" | "zstd",
    options?: CompressOptions,
  ) => PartCompressor;
}
