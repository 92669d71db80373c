/** The codec of web standards alone. */

import type { Bytes, ByteStream, Transform } from "../../base/bytes.ts";
import { expectLater } from "../../base/expect_later.ts";
import { crc32 } from "../../base/hash/crc32.ts";
import type { Codec, CompressOptions, PartCompressor } from "./codec.ts";
import { cutBlocks } from "./cut_blocks.ts";
import { deflateModule } from "./deflate_module.ts";
import { DEFLATE_BLOCK_SIZE, Deflater, type DeflateSettings, deflateSettings } from "./deflater.ts";
import { gzipMember, gzipPart } from "./gzip_member.ts";

/**
 * The codec of runtimes that offer no other. It has gzip: in WebAssembly, with levels, and to the same bytes as on hosts; or without levels
 * through `CompressionStream` where WebAssembly must not be compiled. Its decompressor reads a single gzip member, as
 * `DecompressionStream` does (Compression Standard §5).
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

async function* gunzip(source: ByteStream): ByteStream {
  try {
    yield* throughStream(source, new DecompressionStream("gzip"));
  } catch (error) {
    // As Chromium, Node and workerd say it; each in the same words for a second member and for anything else.
    if (!(error instanceof TypeError) || !/trailing|junk/i.test(error.message)) throw error;
    throw new TypeError(
      "something follows the first gzip member, and this runtime reads no second one: bring the archive as plain tar or in one member",
      { cause: error },
    );
  }
}

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

/**
 * Input is written only while an output read is waiting: `CompressionStream` has no back-pressure of its own on Node 20 and 22
 * and on workerd, where an idle reader makes it swallow everything.
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
          inputDone = next.done === true;
          const written = next.done ? writer.close() : writer.write(next.value);
          // Where the data is broken the read reports it, with the same error.
          writing = expectLater(written.finally(() => writing = undefined));
        }
        // A write may wait for several reads, as when little input makes much output.
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
