/**
 * Compression on every core. The input is cut into blocks, which are compressed apart, in threads once there are enough of them, and
 * joined in order: into one gzip member, or a row of zstd frames. The bytes do not depend on the number of threads.
 */

import type { Bytes, ByteStream, Transform } from "../base/bytes.ts";
import { prefetch } from "../base/prefetch.ts";
import type { Codec, CompressOptions } from "../layer/codec.ts";
import { cutBlocks } from "../layer/cut_blocks.ts";
import { DEFLATE_BLOCK_SIZE } from "../layer/deflater.ts";
import { gzipMember } from "../layer/gzip_member.ts";
import {
  type BlockFormat,
  blockFormat,
  compressedSize,
  createBlockCompressor,
} from "./block_compressor.ts";
import { BlockThreads } from "./block_threads.ts";
import { builtin } from "./builtin.ts";
import { decompress } from "./decompress.ts";

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

/** Bytes that are compressed here; with the last block of them the threads are started, which takes as long. */
const BYTES_HERE = 2 * 1024 * 1024;

/** Blocks between two collections of garbage on Bun. */
const BLOCKS_PER_COLLECTION = 24;

/**
 * Bun lets the memory of sent chunks pile up: some 20 MB for a large layer, and growing. To collect it takes 3 % of the time; the other
 * runtimes do it by themselves.
 */
function collectGarbage(): void {
  const { Bun } = globalThis as { readonly Bun?: { gc(now: boolean): void } };
  Bun?.gc(true);
}

/** Makes the codec of Deno, Bun and Node. It decompresses in one thread. */
export function createThreadedCodec(options: ThreadedCodecOptions = {}): Codec {
  return {
    compress(format: "gzip" | "zstd", { level }: CompressOptions = {}): Transform {
      const blocks = blockFormat(format, level);
      const threads = options.threads ??
        Math.min(builtin("node:os").availableParallelism(), MOST_THREADS);
      const compress: Transform = (source) => compressBlocks(source, blocks, threads);
      if (format === "zstd") return compress;
      const { crc32 } = builtin("node:zlib");
      return (source) => gzipMember(source, compress, crc32);
    },
    decompress,
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
  const blocksHere = Math.ceil(BYTES_HERE / blockSize);
  let compressHere: ((block: Bytes) => Bytes) | undefined;
  const spare: ArrayBuffer[] = [];
  let threads: BlockThreads | undefined;
  let stopped = false;

  /** Compresses a block on a thread, and keeps its buffer for another one. */
  async function inThread(threads: BlockThreads, block: Bytes): Promise<Bytes> {
    const { buffer, size } = await threads.compress({ buffer: block.buffer, size: block.length });
    const output = new Uint8Array(buffer, 0, size).slice();
    spare.push(buffer);
    return output;
  }

  /** Gives out each block, in its order, as soon as its compression has begun. */
  async function* begin(): AsyncGenerator<{ readonly result: Promise<Bytes> }, void> {
    let count = 0;
    const takeMemory = (): Bytes =>
      new Uint8Array(spare.pop() ?? new ArrayBuffer(compressedSize(blockSize)), 0, blockSize);
    for await (const block of cutBlocks(source, takeMemory)) {
      if (stopped) return;
      count++;
      if (count === blocksHere && threadCount > 0 && block.length === blockSize) {
        threads = new BlockThreads(threadCount, format);
      }
      if (threads === undefined || count <= blocksHere) {
        compressHere ??= createBlockCompressor(format);
        yield { result: Promise.resolve(compressHere(block)) };
        spare.push(block.buffer);
      } else {
        // Its tables are some megabytes.
        compressHere = undefined;
        const result = inThread(threads, block);
        // Awaited in its turn; until then a failure must not count as unhandled.
        result.catch(() => {});
        yield { result };
      }
    }
    if (count === 0) {
      yield { result: Promise.resolve(createBlockCompressor(format)(new Uint8Array())) };
    }
  }

  try {
    let given = 0;
    for await (const { result } of prefetch(begin(), ahead)) {
      if (++given % BLOCKS_PER_COLLECTION === 0) collectGarbage();
      yield await result;
    }
  } finally {
    stopped = true;
    await threads?.close();
  }
}
