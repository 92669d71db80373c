/**
 * Compression on every core. The input is cut into blocks, which are compressed apart, in threads once there are enough of them, and
 * joined in order: into one gzip member, or a row of zstd frames. The bytes do not depend on the number of threads.
 */

import type { Bytes, ByteStream, Transform } from "../base/bytes.ts";
import type { Codec, CompressOptions } from "../layer/codec.ts";
import { cutBlocks } from "../layer/cut_blocks.ts";
import { DEFLATE_BLOCK_SIZE } from "../layer/deflater.ts";
import { gzipMember } from "../layer/gzip_member.ts";
import { type BlockFormat, blockFormat, createBlockCompressor } from "./block_compressor.ts";
import { BlockThreads } from "./block_threads.ts";
import { builtin } from "./builtin.ts";
import { nodeCodec } from "./codec.ts";

/** Options of {@linkcode createThreadedCodec}. */
export interface ThreadedCodecOptions {
  /**
   * How many threads compress; 0 for none beside the main one.
   *
   * @default the number of cores, at most 8
   */
  readonly threads?: number | undefined;
}

/** Beyond this the main thread cannot hash and send what the others compress. */
const MOST_THREADS = 8;

/** Blocks that are compressed here before threads are started: those need as long for their start as for four blocks. */
const BLOCKS_BEFORE_THREADS = 4;

/** Makes the codec of Deno, Bun and Node. It decompresses in one thread. */
export function createThreadedCodec(options: ThreadedCodecOptions = {}): Codec {
  return {
    compress(format: "gzip" | "zstd", { level }: CompressOptions = {}): Transform {
      // Refuses levels and formats as the plain codec does.
      nodeCodec.compress(format, { level });
      const blocks = blockFormat(format, level);
      const threads = options.threads ??
        Math.min(builtin("node:os").availableParallelism(), MOST_THREADS);
      const compress: Transform = (source) => compressBlocks(source, blocks, threads);
      if (format === "zstd") return compress;
      const { crc32 } = builtin("node:zlib");
      return (source) => gzipMember(source, compress, crc32);
    },
    decompress: (format) => nodeCodec.decompress(format),
  };
}

async function* compressBlocks(
  source: ByteStream,
  format: BlockFormat,
  threadCount: number,
): ByteStream {
  const { blockSize } = format;
  // A thread must not wait while the main one is busy; but of large blocks one that waits is enough for all threads.
  const ahead = blockSize > DEFLATE_BLOCK_SIZE ? threadCount + 1 : 2 * threadCount;
  const compressHere = createBlockCompressor(format);
  const spare: ArrayBuffer[] = [];
  const results: Promise<Bytes>[] = [];
  let count = 0;
  let threads: BlockThreads | undefined;

  /** Compresses a block on a thread, and keeps its buffer for another one. */
  async function inThread(threads: BlockThreads, block: Bytes): Promise<Bytes> {
    const { buffer, output } = await threads.compress({ buffer: block.buffer, size: block.length });
    spare.push(buffer);
    return new Uint8Array(output);
  }

  try {
    for await (const block of cutBlocks(source, () => spare.pop() ?? new ArrayBuffer(blockSize))) {
      if (count++ < BLOCKS_BEFORE_THREADS || threadCount === 0) {
        yield compressHere(block);
        spare.push(block.buffer);
        continue;
      }
      threads ??= new BlockThreads(threadCount, format);
      const result = inThread(threads, block);
      // Awaited in its turn; until then a failure must not count as unhandled.
      result.catch(() => {});
      results.push(result);
      if (results.length >= ahead) yield await (results.shift() as Promise<Bytes>);
    }
    for (const result of results) yield await result;
    if (count === 0) yield compressHere(new Uint8Array());
  } finally {
    await threads?.close();
  }
}
