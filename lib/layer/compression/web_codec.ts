/** The codec that needs nothing but web standards. */

import { type Bytes, type ByteStream, concatBytes, type Transform } from "../../base/bytes.ts";
import { delay } from "../../base/delay.ts";
import { expectLater } from "../../base/expect_later.ts";
import { crc32 } from "../../base/hash/crc32.ts";
import { BLOCK_SIZE } from "../../tar/header.ts";
import type { Codec, CompressOptions, PartCompressor } from "./codec.ts";
import { cutBlocks } from "./cut_blocks.ts";
import { deflateModule } from "./deflate_module.ts";
import { DEFLATE_BLOCK_SIZE, Deflater, type DeflateSettings, deflateSettings } from "./deflater.ts";
import { gzipMember, gzipPart } from "./gzip_member.ts";

/**
 * The codec of runtimes that have no other. It has gzip alone: in WebAssembly, with levels and the same bytes as on other runtimes; or, where
 * WebAssembly must not be compiled, by `CompressionStream`, without levels.
 */
export const webCodec: Codec = {
  compress(format: "gzip" | "zstd", options: CompressOptions = {}): Transform {
    if (format === "zstd") {
      throw new TypeError("Cannot compress with zstd: this runtime has no zstd");
    }
    const deflater = tryDeflater(deflateSettings(options.level));
    if (deflater !== undefined) {
      return (source) => gzipMember(source, (blocks) => deflateBlocks(blocks, deflater), crc32);
    }
    if (options.level !== undefined) {
      throw new TypeError("Cannot set a compression level: this runtime's gzip has none");
    }
    return (source) => throughStream(source, new CompressionStream("gzip"));
  },

  compressParts(format: "gzip" | "zstd", options: CompressOptions = {}): PartCompressor {
    const deflater = format === "gzip" ? tryDeflater(deflateSettings(options.level)) : undefined;
    if (deflater === undefined) {
      throw new TypeError(
        format === "zstd"
          ? "Cannot compress with zstd: this runtime has none (Deno, Bun, and Node 22.15 and later have)"
          : "Cannot compress files one by one: this runtime compiles no WebAssembly",
      );
    }
    return {
      partSize: DEFLATE_BLOCK_SIZE,
      compress: (parts) => deflateParts(parts, deflater),
    };
  },

  decompress(format: "gzip" | "zstd"): Transform {
    if (format === "zstd") throw new TypeError("Cannot read zstd: this runtime has no zstd");
    return gunzip;
  },
};

async function* deflateParts(
  parts: AsyncIterable<Bytes>,
  deflater: Deflater,
): AsyncIterable<Bytes> {
  for await (const part of parts) {
    yield gzipPart(deflater.compress(part), { checksum: crc32(part), size: part.length });
  }
}

/**
 * Decompresses all members. `DecompressionStream` takes one member (Compression Standard §5) and does not tell where it ends, so each member
 * gets a stream of its own, which must get no byte of the next one. A member ends before what looks like a header (RFC 1952 §2.3), if the
 * number of bytes that came out is the one in the trailer before it. A wrong guess fails: a stream whose member is not over is cut short, and
 * one whose member is over gets further bytes (which Node 20 and 22 and Bun take for further members).
 */
async function* gunzip(source: ByteStream): ByteStream {
  const parts = cutBeforeHeaders(source);
  let next = await parts.next();
  let size = 0;
  async function* member(): ByteStream {
    let given = 0;
    while (!next.done) {
      const { bytes, end } = next.value;
      yield bytes;
      given += bytes.length;
      next = await parts.next();
      // A size of 0 is that of an empty member only if the member is short: a .gz file in an archive follows the zeros of its tar header.
      if (end === undefined || end === 0 && given > BLOCK_SIZE) continue;
      // Waits until nothing more comes out.
      for (let before = -1; size !== end && size !== before;) {
        before = size;
        yield PAUSE;
      }
      if (size === end) return;
    }
  }
  try {
    while (!next.done) {
      size = 0;
      for await (const chunk of throughStream(member(), new DecompressionStream("gzip"))) {
        // RFC 1952 §2.3.1: modulo 2^32.
        size = (size + chunk.length) >>> 0;
        yield chunk;
      }
    }
  } finally {
    await parts.return();
  }
}

/** A part of a gzip file. */
interface GzipPart {
  readonly bytes: Bytes;
  /** The size in the trailer that the part would end with, if what follows looks like a header. */
  readonly end?: number;
}

async function* cutBeforeHeaders(source: ByteStream): AsyncGenerator<GzipPart, void> {
  let bytes: Bytes = PAUSE;
  for await (const chunk of source) {
    bytes = concatBytes([bytes, chunk]);
    // RFC 1952 §2.3.1: a member's first two bytes, and the number of deflate.
    for (let at = 3; (at = bytes.indexOf(0x1f, at + 1)) > 0;) {
      if (bytes[at + 1] !== 0x8b || bytes[at + 2] !== 8) continue;
      const end = new DataView(bytes.buffer, bytes.byteOffset + at - 4).getUint32(0, true);
      yield { bytes: bytes.subarray(0, at), end };
      bytes = bytes.subarray(at);
      at = 3;
    }
    if (bytes.length <= HELD) continue;
    yield { bytes: bytes.subarray(0, -HELD) };
    bytes = bytes.slice(-HELD);
  }
  yield { bytes };
}

/** Bytes that are held back, since a header may begin in them: two of the header, and the size before it. */
const HELD = 6;

/** Undefined on workerd, which compiles no WebAssembly while it serves a request, and under a policy that forbids it. */
function tryDeflater(settings: DeflateSettings): Deflater | undefined {
  try {
    return new Deflater(deflateModule(), settings);
  } catch {
    return undefined;
  }
}

async function* deflateBlocks(source: ByteStream, deflater: Deflater): ByteStream {
  const memory = new Uint8Array(DEFLATE_BLOCK_SIZE);
  for await (const block of cutBlocks(source, () => memory)) yield deflater.compress(block);
}

/** Input that is not written: the reader of the stream only waits for output. */
const PAUSE: Bytes = new Uint8Array(0);

/**
 * Sends a stream through a `CompressionStream` or its like. Input is written only while a read is pending, since on Node 20 and 22 and on
 * workerd these streams have no back-pressure and would take all of the input.
 */
async function* throughStream(
  source: ByteStream,
  stage: GenericTransformStream,
): ByteStream {
  const input = source[Symbol.asyncIterator]();
  const writer: WritableStreamDefaultWriter<Bytes> = stage.writable.getWriter();
  const reader: ReadableStreamDefaultReader<Bytes> = stage.readable.getReader();
  let inputDone = false;
  let writing: Promise<void> | undefined;
  try {
    while (true) {
      let settled = false;
      const read = expectLater(reader.read().finally(() => settled = true));
      while (!settled && !inputDone) {
        if (writing === undefined) {
          const next = await input.next();
          if (next.value === PAUSE) {
            await Promise.race([read, delay(0)]);
            continue;
          }
          inputDone = next.done === true;
          const written = next.done ? writer.close() : writer.write(next.value);
          // Where the data is broken the read reports it, with the same error.
          writing = expectLater(written.finally(() => writing = undefined));
        }
        // A write may take several reads, since little input can make much output.
        if (!inputDone) await Promise.race([writing, read]);
      }
      const { done, value } = await read;
      if (done) return;
      yield value;
    }
  } finally {
    // Ends the stage whichever side failed; an error here would hide the one under way.
    await Promise.allSettled([reader.cancel(), writer.abort(), input.return?.()]);
  }
}
