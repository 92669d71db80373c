/** Finds and decompresses the archive in an input. */

import type { ByteStream } from "../base/bytes.ts";
import type { Codec } from "./compression/codec.ts";
import { type Format, sniff } from "./compression/sniff.ts";
import { LayerError } from "./layer_error.ts";

/** Options of {@linkcode decompressArchive}. */
export interface ArchiveReader {
  readonly codec: Codec;
  /** What messages call the input. */
  readonly name: string;
}

/** Whether input of a format can be a layer. */
export function isReadable(format: Format): format is "tar" | "gzip" | "zstd" {
  return format === "tar" || format === "gzip" || format === "zstd";
}

/**
 * Decompresses an archive.
 *
 * @throws {LayerError} while reading, if the data is broken, or holds no tar archive.
 */
export async function* decompressArchive(
  source: ByteStream,
  format: "gzip" | "zstd",
  { codec, name }: ArchiveReader,
): ByteStream {
  const stage = codec.decompress(format);
  let sourceError: unknown;
  const watched = watchErrors(source, (error) => sourceError = error);
  try {
    const inner = await sniff(stage(watched));
    if (inner.format !== "tar") {
      await inner.source[Symbol.asyncIterator]().return?.();
      throw refuseFormat(name, inner.format, format);
    }
    yield* inner.source;
  } catch (error) {
    if (error instanceof LayerError || error === sourceError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new LayerError(`Cannot use ${name}: its ${format} data cannot be read: ${reason}`, {
      cause: error,
    });
  }
}

/** The error for data that is no tar archive. */
export function refuseFormat(name: string, format: Format, outer?: "gzip" | "zstd"): LayerError {
  const what = `Cannot use ${name}`;
  if (format === "empty") {
    return new LayerError(
      `${what}: ${outer === undefined ? "it is empty" : `its ${outer} data holds nothing`}`,
    );
  }
  if (outer !== undefined) {
    return new LayerError(
      `${what}: its ${outer} data holds ${format} data: expected a tar archive, compressed once`,
    );
  }
  const kind = KINDS[format];
  return new LayerError(
    `${what}: it is ${format} data${
      kind === undefined ? "" : ` (${kind})`
    }: expected a tar archive, plain or compressed with gzip or zstd`,
  );
}

/** What files of a format usually are, if its name does not say so. */
const KINDS: Partial<Record<Format, string>> = {
  ar: "a package of Debian, or a static library",
};

/**
 * Copies the chunks of a stream, whose memory may be used again. The compression of plain input needs no copy, since it is done with a
 * chunk before it asks for the next one: that saves 30 MB of garbage on Bun.
 */
export async function* owned(source: ByteStream): ByteStream {
  for await (const chunk of source) yield chunk.slice();
}

/** Reads a stream to its end, for its side effects. */
export async function drain(stream: ByteStream): Promise<void> {
  const iterator = stream[Symbol.asyncIterator]();
  while (!(await iterator.next()).done);
}

/** Passes a stream on, and reports its error. */
export async function* watchErrors(
  source: ByteStream,
  onError: (error: unknown) => void,
): ByteStream {
  try {
    yield* source;
  } catch (error) {
    onError(error);
    throw error;
  }
}
