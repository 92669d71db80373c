/** Compression of one block of a layer: here, or in one of the threads of `block_threads.ts`, to the same bytes. */

import type { Bytes } from "../../base/bytes.ts";
import { deflateModule } from "../../layer/compression/deflate_module.ts";
import {
  DEFLATE_BLOCK_SIZE,
  Deflater,
  type DeflateSettings,
  deflateSettings,
} from "../../layer/compression/deflater.ts";
import { builtin } from "../builtin.ts";
import { requireZstd } from "./zstd.ts";

/** Format and settings of a block's compression, as data that can be sent to a thread. */
export type BlockFormat =
  | {
    readonly format: "gzip";
    readonly blockSize: number;
    readonly settings: DeflateSettings;
    readonly kernel: WebAssembly.Module;
  }
  | {
    readonly format: "zstd";
    readonly blockSize: number;
    /** Options of `zstdCompressSync`. */
    readonly options: Readonly<Record<string, unknown>>;
  };

/** Bytes of a zstd frame. Its window is larger than deflate's: at 1 MiB the result is 3 % larger than at 4, which costs 0.5 % itself. */
const ZSTD_BLOCK_SIZE = 4 * 1024 * 1024;

/** The default level of zstd's own command. */
const ZSTD_LEVEL = 3;

/** A block, and later the compressed bytes in the same memory, so that nothing is left to be collected. */
export interface BlockInBuffer {
  /** With room for `compressedSize` of the block. */
  readonly buffer: ArrayBuffer;
  /** Bytes at the front of the buffer. */
  readonly size: number;
}

/** Bytes that a block may have when it is compressed: what cannot be compressed grows, in either format by far less than this. */
export function compressedSize(blockSize: number): number {
  return blockSize + Math.ceil(blockSize / 64);
}

/**
 * How a format's blocks are compressed: to raw deflate that ends on a byte and is not the last of its stream, or to one zstd frame.
 *
 * @param level The format's own scale; the default is what beats crane in time and bytes.
 * @throws {RangeError} if there is no such level.
 * @throws {TypeError} if this runtime has no zstd.
 */
export function blockFormat(
  format: "gzip" | "zstd",
  level?: number | undefined,
): BlockFormat {
  if (format === "gzip") {
    const settings = deflateSettings(level);
    return { format, blockSize: DEFLATE_BLOCK_SIZE, settings, kernel: deflateModule() };
  }
  if (level !== undefined && !(Number.isInteger(level) && level >= 1 && level <= 22)) {
    throw new RangeError(`Cannot compress to zstd at level ${level}: expected 1 to 22`);
  }
  requireZstd("compress");
  const { constants } = builtin("node:zlib");
  const params = {
    [constants.ZSTD_c_compressionLevel]: level ?? ZSTD_LEVEL,
    [constants.ZSTD_c_checksumFlag]: 1,
  };
  // One buffer for all output: zlib would grow it in steps of 16 KiB.
  const chunkSize = compressedSize(ZSTD_BLOCK_SIZE);
  return { format, blockSize: ZSTD_BLOCK_SIZE, options: { chunkSize, params } };
}

/** Makes a function that compresses blocks on this thread, each in its own buffer. */
export function createBlockCompressor(
  format: BlockFormat,
): (block: BlockInBuffer) => BlockInBuffer {
  const compress = createCompressor(format);
  return ({ buffer, size }) => {
    const output = compress(new Uint8Array(buffer, 0, size));
    new Uint8Array(buffer).set(output);
    return { buffer, size: output.length };
  };
}

/** Compresses blocks one after the other, which are written where it reads them. */
export interface LocalCompressor {
  /** Where the next block goes. */
  readonly input: Bytes;
  /**
   * Compresses the block.
   *
   * @param size Bytes of the block.
   * @returns memory that is good until the next one.
   */
  compress(size: number): Bytes;
}

/** Makes a compressor for blocks on this thread. */
export function createLocalCompressor(format: BlockFormat): LocalCompressor {
  if (format.format === "gzip") {
    const deflater = new Deflater(format.kernel, format.settings);
    const { input } = deflater;
    return { input, compress: (size) => deflater.compress(input.subarray(0, size)) };
  }
  const input = new Uint8Array(format.blockSize);
  const compress = createCompressor(format);
  return { input, compress: (size) => compress(input.subarray(0, size)) as Bytes };
}

function createCompressor(format: BlockFormat): (block: Bytes) => Uint8Array {
  if (format.format === "gzip") {
    const deflater = new Deflater(format.kernel, format.settings);
    return (block) => deflater.compress(block);
  }
  const { zstdCompressSync } = builtin("node:zlib");
  return (block) => zstdCompressSync(block, format.options);
}
