/**
 * Compresses on all cores. The input is cut into blocks, which are compressed independently, in threads once there are enough of them, and
 * joined in order into one gzip member or several zstd frames. The bytes do not depend on the number of threads.
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
import { countCores } from "../cores.ts";
import { nativeCrc32 } from "../native_hasher.ts";
import { collectGarbage } from "../collect_garbage.ts";
import { decompress } from "./decompress.ts";

/** Options of {@linkcode createThreadedCodec}. */
export interface ThreadedCodecOptions {
  /**
   * Number of threads that compress; 0 compresses on the main thread.
   *
   * @default the number of cores, at most 8; none on a single core
   */
  readonly threads?: number | undefined;
}

/** With more threads, the main thread cannot hash and send as fast as they compress. */
const MOST_THREADS = 8;

/** How many threads compress on a machine with so many cores, if they compress in threads. */
export function threadsFor(cores: number): number {
  return Math.min(Math.max(1, Math.floor(cores)), MOST_THREADS);
}

function countThreads({ threads }: ThreadedCodecOptions): number {
  if (threads !== undefined) return threads;
  const cores = countCores();
  // On one core a thread only takes turns with the main one, for an eighth more CPU time in all.
  return cores > 1 ? threadsFor(cores) : 0;
}

/** Bytes that are compressed on the main thread. The threads are started with the last block of them, which takes as long. */
const BYTES_HERE = 4 * 1024 * 1024;

/** Time of an incompressible block, as a share of that of other blocks. Threads are not worth it for little of such data. */
const DENSE_SHARE = 1 / 4;

/** Blocks between two garbage collections: without idle time, Bun lets the memory of sent chunks pile up. */
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

/** A block that is being compressed. The promise is in an object, because generators await promises that they yield. */
interface Begun {
  readonly result: Promise<BlockInBuffer>;
}

/** Compresses blocks on this thread, and in threads once there are enough of them. A chunk is valid only until the next one is asked for. */
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
  // A block for this thread is put into the compressor's memory, one for another thread into a buffer that can be transferred.
  const blocks = cutBlocks(source, () => here?.input ?? new Uint8Array(takeBuffer(), 0, blockSize));
  let stopped = false;

  /** Yields each block, in order, as soon as its compression has started. */
  async function* begin(threads: BlockThreads): AsyncGenerator<Begun, void> {
    for await (const { buffer, length } of blocks) {
      if (stopped) return;
      // Awaited later; until then a failure must not count as unhandled.
      yield { result: expectLater(threads.compress({ buffer, size: length })) };
    }
  }

  try {
    // The work so far, in bytes, where incompressible ones count less. The next block is expected to be like this one.
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
    // Frees its tables of some megabytes.
    here = undefined;
    // Blocks ahead keep the threads busy while the main one is: with one less for each, they waited a tenth of the time.
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

/** Bytes up to which a part is compressed on this thread, since sending it to another one takes longer. */
const SMALL_PART = 16 * 1024;

/** Parts that are sent ahead for each thread. */
const PARTS_AHEAD = 4;

/** Compresses parts independently: small ones on this thread, others in threads. */
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
      // With room to grow: a zstd frame of nothing has 13 bytes.
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
