/** Compresses one block of a layer, on this thread or in one of `block_threads.ts`, to the same bytes. */

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

/** Bytes of a block for a zstd frame. The result is 3 % larger with blocks of 1 MiB, and 0.5 % larger with 4 MiB than without blocks. */
const ZSTD_BLOCK_SIZE = 4 * 1024 * 1024;

/** The default level of zstd's own command. */
const ZSTD_LEVEL = 3;

/** A block, and after its compression the compressed bytes in the same memory, so that there is no garbage. */
export interface BlockInBuffer {
  /** Has room for `compressedSize` of the block. */
  readonly buffer: ArrayBuffer;
  /** Bytes at the front of the buffer. */
  readonly size: number;
}

/** The most bytes of a compressed block. Incompressible data grows, in both formats by far less than this. */
export function compressedSize(blockSize: number): number {
  return blockSize + Math.ceil(blockSize / 64);
}

/**
 * How a format's blocks are compressed: to raw deflate that ends at a byte boundary and does not end its stream, or to one zstd frame.
 *
 * @param level Level of the format; the default beats crane in time and size.
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
  // One buffer for all output, which zlib would otherwise grow in steps of 16 KiB.
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

/** Compresses blocks one after the other, in its own memory. */
export interface LocalCompressor {
  /** Memory that the next block is to be written to. */
  readonly input: Bytes;
  /**
   * Compresses the block.
   *
   * @param size Bytes of the block.
   * @returns memory that is valid until the next block.
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
