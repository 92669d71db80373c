/**
 * Compression on every core. The input is cut into blocks, which are compressed apart, in threads once there are enough of them, and
 * joined in order: into one gzip member, or a row of zstd frames. The bytes do not depend on the number of threads.
 */

import type { Bytes, ByteStream, Transform } from "../base/bytes.ts";
import type { Codec, CompressOptions } from "../layer/codec.ts";
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

/** RFC 1952 §2.3: deflate, no flags, no time, no hint about the level, system unknown. */
const GZIP_HEADER = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255] as const;
/** RFC 1951 §3.2.6: an empty block of fixed codes, the last of its stream. */
const LAST_DEFLATE_BLOCK = [3, 0] as const;

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
      return format === "gzip" ? (source) => joinGzip(source, compress) : compress;
    },
    decompress: (format) => nodeCodec.decompress(format),
  };
}

/** Makes one gzip member of what a transform makes blocks of raw deflate of. */
async function* joinGzip(source: ByteStream, compress: Transform): ByteStream {
  const { crc32 } = builtin("node:zlib");
  let checksum = 0;
  let size = 0;
  async function* counted(): ByteStream {
    for await (const chunk of source) {
      checksum = crc32(chunk, checksum);
      size += chunk.length;
      yield chunk;
    }
  }
  yield Uint8Array.from(GZIP_HEADER);
  yield* compress(counted());
  const trailer = new DataView(new ArrayBuffer(LAST_DEFLATE_BLOCK.length + 8));
  LAST_DEFLATE_BLOCK.forEach((byte, index) => trailer.setUint8(index, byte));
  trailer.setUint32(2, checksum, true);
  // RFC 1952 §2.3.1: the size modulo 2^32, which is what setUint32 keeps of it.
  trailer.setUint32(6, size, true);
  yield new Uint8Array(trailer.buffer);
}

async function* compressBlocks(
  source: ByteStream,
  format: BlockFormat,
  threadCount: number,
): ByteStream {
  const { blockSize } = format;
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
      // Each thread has one block in work and one waiting.
      if (results.length >= 2 * threadCount) yield await (results.shift() as Promise<Bytes>);
    }
    for (const result of results) yield await result;
    if (count === 0) yield compressHere(new Uint8Array());
  } finally {
    await threads?.close();
  }
}

/** Cuts a stream into blocks of the buffers' size, all but the last. */
async function* cutBlocks(source: ByteStream, takeBuffer: () => ArrayBuffer): ByteStream {
  let block: Bytes | undefined;
  let size = 0;
  for await (const chunk of source) {
    for (let offset = 0; offset < chunk.length;) {
      block ??= new Uint8Array(takeBuffer());
      const part = chunk.subarray(offset, offset + block.length - size);
      block.set(part, size);
      size += part.length;
      offset += part.length;
      if (size < block.length) continue;
      yield block;
      block = undefined;
      size = 0;
    }
  }
  if (block !== undefined) yield block.subarray(0, size);
}
