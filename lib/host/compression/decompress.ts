/** Decompresses through `node:zlib`, also zstd if the runtime has it. */

import type { Transform as NodeTransform } from "node:stream";
import type { Bytes, ByteStream, Transform } from "../../base/bytes.ts";
import { countBytes } from "../../base/count_bytes.ts";
import { builtin } from "../builtin.ts";
import { requireZstd } from "./zstd.ts";
import { ZstdFrames } from "./zstd_frames.ts";

/** Bytes of an output buffer. With zlib's own 16 KiB it is a third slower. */
const CHUNK_SIZE = 256 * 1024;

/**
 * Reads a source through a stream of `node:zlib`. Pull-driven without its web adapters and `pipeline`, which read ahead without bound on
 * some runtimes. One chunk is read from the source while the previous one is being decompressed.
 */
async function* through(stream: NodeTransform, source: ByteStream): ByteStream {
  let failure: Error | undefined;
  let wake = (): void => {};
  stream.on("error", (error: Error) => {
    failure = error;
    wake();
  });
  stream.on("readable", () => wake());
  stream.on("end", () => wake());

  let working = false;
  const write = (chunk: Bytes): void => {
    working = true;
    stream.write(chunk, () => {
      working = false;
      wake();
    });
  };
  async function* output(isDone: () => boolean): ByteStream {
    while (true) {
      for (let chunk; (chunk = stream.read()) !== null;) yield chunk as Bytes;
      if (failure !== undefined) throw failure;
      if (isDone()) return;
      await new Promise<void>((resolve) => wake = resolve);
      wake = (): void => {};
    }
  }
  try {
    for await (const chunk of source) {
      if (chunk.length === 0) continue;
      yield* output(() => !working);
      write(chunk);
    }
    yield* output(() => !working);
    stream.end();
    yield* output(() => stream.readableEnded);
  } finally {
    stream.destroy();
  }
}

async function* gunzip(source: ByteStream): ByteStream {
  const stream = builtin("node:zlib").createGunzip({ chunkSize: CHUNK_SIZE });
  let given = 0;
  try {
    yield* through(stream, countBytes(source, (total) => given = total));
  } catch (error) {
    if (isZlibError(error)) throw broken("gzip", error);
    throw error;
  }
  // zlib reads further members, but silently ignores zero bytes after the last one.
  if (stream.bytesWritten !== given) {
    throw new TypeError(
      `Cannot decompress gzip data: ${
        given - stream.bytesWritten
      } bytes follow the end of the last member`,
    );
  }
}

async function* unzstd(source: ByteStream): ByteStream {
  const frames = new ZstdFrames();
  async function* parts(): ByteStream {
    for await (const chunk of source) yield* frames.split(chunk);
    frames.end();
  }
  try {
    yield* through(
      builtin("node:zlib").createZstdDecompress({ chunkSize: CHUNK_SIZE }),
      parts(),
    );
  } catch (error) {
    if (isZlibError(error)) throw broken("zstd", error);
    throw error;
  }
}

function isZlibError(error: unknown): error is Error {
  const code = (error as { readonly code?: unknown } | null)?.code;
  return error instanceof Error &&
    (typeof code === "string" && /^(Z_|ZSTD_|ERR_ZSTD|ERR_ZLIB)/.test(code) ||
      /zstd decompress/i.test(error.message));
}

function broken(format: string, cause: Error): TypeError {
  return new TypeError(`Cannot decompress ${format} data: ${cause.message}`, { cause });
}

/**
 * Makes a stage that decompresses.
 *
 * @throws {TypeError} if this runtime cannot decompress the format.
 */
export function decompress(format: "gzip" | "zstd"): Transform {
  if (format === "gzip") return gunzip;
  requireZstd("decompress");
  return unzstd;
}
