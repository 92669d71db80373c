/** Compression of one block of a layer: here, or in one of the threads of `block_threads.ts`, to the same bytes. */

import type { Bytes } from "../base/bytes.ts";
import { builtin } from "./builtin.ts";

/** Bytes of a block. Smaller ones cost ratio (0.3 % at this size), larger ones memory. */
export const BLOCK_SIZE: number = 1024 * 1024;

/** A call of `node:zlib` as data, so that it can be sent to a thread. */
export interface BlockCompressor {
  readonly method: "deflateRawSync" | "zstdCompressSync";
  readonly options: Readonly<Record<string, unknown>>;
}

/**
 * How a block is compressed: to raw deflate that ends on a byte boundary and is not the last of its stream, or to one zstd frame.
 *
 * @param level The format's own scale.
 */
export function blockCompressor(format: "gzip" | "zstd", level: number): BlockCompressor {
  const { constants } = builtin("node:zlib");
  // One buffer for all output, a little over the size of what cannot be compressed: zlib would grow it in steps of 16 KiB.
  const chunkSize = BLOCK_SIZE + BLOCK_SIZE / 64;
  if (format === "gzip") {
    const options = { level, memLevel: 9, chunkSize, finishFlush: constants.Z_SYNC_FLUSH };
    return { method: "deflateRawSync", options };
  }
  const params = {
    [constants.ZSTD_c_compressionLevel]: level,
    [constants.ZSTD_c_checksumFlag]: 1,
  };
  return { method: "zstdCompressSync", options: { chunkSize, params } };
}

/** Compresses a block on this thread. */
export function compressBlock({ method, options }: BlockCompressor, block: Bytes): Bytes {
  return new Uint8Array(builtin("node:zlib")[method](block, options));
}
