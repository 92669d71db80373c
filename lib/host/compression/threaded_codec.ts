/**
 * Compression on every core. The input is cut into blocks, which are compressed apart, in threads once there are enough of them, and
 * joined in order: into one gzip member, or a row of zstd frames. The bytes do not depend on the number of threads.
 */

import type { Bytes, ByteStream, Transform } from "../../base/bytes.ts";
import { expectLater } from "../../base/expect_later.ts";
import { prefetch } from "../../base/prefetch.ts";
import type { Codec, CompressOptions, PartCompressor } from "../../layer/compression/codec.ts";
import { cutBlocks, equalChunks } from "../../layer/compression/cut_blocks.ts";
import { DEFLATE_BLOCK_SIZE } from "../../layer/compression/deflater.ts";
import { gzipMember, gzipPart } from "../../layer/compression/gzip_member.ts";
import {
  type BlockFormat,
  blockFormat,
  type BlockInBuffer,
  compressedSize,
  createBlockCompressor,
  createLocalCompressor,
  type LocalCompressor,
} from "./block_compressor.ts";
import { BlockThreads } from "./block_threads.ts";
import { builtin } from "../builtin.ts";
import { nativeCrc32 } from "../native_hasher.ts";
import { collectGarbage } from "../collect_garbage.ts";
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

/** How many threads compress on a machine with so many cores. */
export function threadsFor(cores: number): number {
  return Math.min(Math.max(1, Math.floor(cores)), MOST_THREADS);
}

function countThreads({ threads }: ThreadedCodecOptions): number {
  return threads ?? threadsFor(builtin("node:os").availableParallelism());
}

/** Bytes that are compressed here; with the last block of them the threads are started, which takes as long. */
const BYTES_HERE = 4 * 1024 * 1024;

/** Part of the time that a block takes which does not become smaller. Threads for 5 MB of such took a third of the CPU of all. */
const DENSE_SHARE = 1 / 4;

/** Blocks between two collections of garbage: where compression leaves Bun no idle time, the memory of sent chunks piles up. */
const BLOCKS_PER_COLLECTION = 16;

/** Makes the codec of Deno, Bun and Node. It decompresses in one thread. */
export function createThreadedCodec(options: ThreadedCodecOptions = {}): Codec {
  return {
    compress(format: "gzip" | "zstd", { level }: CompressOptions = {}): Transform {
      const blocks = blockFormat(format, level);
      const threads = countThreads(options);
      const compress: Transform = (source) => compressBlocks(source, blocks, threads);
      if (format === "zstd") return (source) => equalChunks(compress(source));
      const crc32 = nativeCrc32();
      return (source) => gzipMember(source, compress, crc32);
    },
    compressParts(format, { level } = {}): PartCompressor {
      const blocks = blockFormat(format, level);
      const threads = countThreads(options);
      return {
        partSize: blocks.blockSize,
        compress: (parts) => compressEach(parts, blocks, threads),
      };
    },
    decompress,
  };
}

/** A block whose compression has begun. In an object, because generators wait for promises that they give out. */
interface Begun {
  readonly result: Promise<BlockInBuffer>;
}

/** Compresses block after block: here, and in threads once there are enough of them. Each chunk is good only until the next one is asked for. */
async function* compressBlocks(
  source: ByteStream,
  format: BlockFormat,
  threadCount: number,
): ByteStream {
  const { blockSize } = format;
  const spare: ArrayBuffer[] = [];
  const takeBuffer = (): ArrayBuffer => spare.pop() ?? new ArrayBuffer(compressedSize(blockSize));
  let here: LocalCompressor | undefined = createLocalCompressor(format);
  let threads: BlockThreads | undefined;
  // What is compressed here lies where the compressor reads it; what goes to a thread, in memory that can be handed over.
  const blocks = cutBlocks(source, () => here?.input ?? new Uint8Array(takeBuffer(), 0, blockSize));
  let stopped = false;

  /** Gives out each block, in its order, as soon as its compression has begun. */
  async function* begin(threads: BlockThreads): AsyncGenerator<Begun, void> {
    for await (const { buffer, length } of blocks) {
      if (stopped) return;
      // Awaited in its turn; until then a failure must not count as unhandled.
      yield { result: expectLater(threads.compress({ buffer, size: length })) };
    }
  }

  try {
    // The work so far, in bytes that become fewer; each block is expected to be like the one before.
    let effort = 0;
    let expected = blockSize;
    for (let count = 1; threads === undefined; count++) {
      const { done, value: block } = await blocks.next();
      if (done) {
        if (count === 1) yield here.compress(0);
        return;
      }
      const size = block.length;
      if (threadCount > 0 && effort + expected >= BYTES_HERE && size === blockSize) {
        threads = new BlockThreads(threadCount, format);
      }
      if (count % BLOCKS_PER_COLLECTION === 0) collectGarbage();
      const output = here.compress(size);
      expected = output.length < size ? size : size * DENSE_SHARE;
      effort += expected;
      yield output;
    }
    // Its tables are some megabytes.
    here = undefined;
    // Enough to do for the threads while the main one is busy: with one block less for each they waited a tenth of the time.
    const ahead = threadCount * (blockSize > DEFLATE_BLOCK_SIZE ? 2 : 3);
    for await (const { result } of prefetch(begin(threads), ahead, () => stopped = true)) {
      const { buffer, size } = await result;
      yield new Uint8Array(buffer, 0, size);
      spare.push(buffer);
    }
  } finally {
    await blocks.return();
    await threads?.close();
  }
}

/** Bytes of a part that is compressed here: to send it to a thread and back would take longer. */
const SMALL_PART = 16 * 1024;

/** Parts that are under way for each thread. */
const PARTS_AHEAD = 4;

/** Compresses parts apart from each other: small ones here, others in threads. */
async function* compressEach(
  parts: AsyncIterable<Bytes>,
  format: BlockFormat,
  threadCount: number,
): AsyncIterable<Bytes> {
  const compressHere = createBlockCompressor(format);
  const crc32 = nativeCrc32();
  const isGzip = format.format === "gzip";
  const queue: (Bytes | Promise<Bytes>)[] = [];
  let threads: BlockThreads | undefined;
  try {
    for await (const part of parts) {
      const size = part.length;
      const checksum = isGzip ? crc32(part) : 0;
      const finish = (block: BlockInBuffer): Bytes => {
        const output = new Uint8Array(block.buffer, 0, block.size);
        return isGzip ? gzipPart(output, { checksum, size }) : output.slice();
      };
      // What cannot be compressed grows: a zstd frame of nothing has 13 bytes.
      const buffer = new ArrayBuffer(compressedSize(size) + 64);
      new Uint8Array(buffer).set(part);
      const block = { buffer, size };
      if (size <= SMALL_PART || threadCount === 0) queue.push(finish(compressHere(block)));
      else {
        threads ??= new BlockThreads(threadCount, format);
        queue.push(expectLater(threads.compress(block).then(finish)));
      }
      while (queue.length > PARTS_AHEAD * (threadCount + 1)) yield await queue.shift() as Bytes;
    }
    while (queue.length > 0) yield await queue.shift() as Bytes;
  } finally {
    await threads?.close();
  }
}
