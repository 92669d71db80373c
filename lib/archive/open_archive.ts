/** Opens an image archive. One that is compressed as a whole or cannot be sought is copied to a spool first. */

import { abortableStream } from "../base/abortable_stream.ts";
import type { ByteStream } from "../base/bytes.ts";
import { countBytes } from "../base/count_bytes.ts";
import { sniff } from "../layer/compression/sniff.ts";
import { unpack } from "../layer/compression/unpack.ts";
import { NotFoundError } from "../storage/not_found_error.ts";
import { ArchiveMembers } from "./archive_members.ts";
import type { SeekableFile } from "./archive_files.ts";
import type { ArchiveLocation, ArchiveOptions } from "./archive_options.ts";
import { spoolFile } from "./spooled_file.ts";

/** The uncompressed bytes that a compressed archive may have in any case. */
const FREELY = 256 * 1024 * 1024;
/** The uncompressed bytes for each compressed byte that it may have beyond that. gzip's most is a thousand; images have some three. */
const MOST_EXPANSION = 200;

/** An open archive, with the positions of its members. */
export interface OpenArchive {
  readonly members: ArchiveMembers;
  /** Frees the file. */
  close(): Promise<void>;
}

/**
 * Opens an archive and reads its headers.
 *
 * @param name What messages call it.
 * @throws {NotFoundError} if there is no such file.
 * @throws {SyntaxError} if it is no tar archive.
 * @throws {LayerError} if it cannot be decompressed.
 * @throws {RangeError} if it is larger than it may be.
 */
export async function openArchive(
  { path }: ArchiveLocation,
  name: string,
  { files, codec, createSpool, largest = Infinity, signal }:
    & Omit<ArchiveOptions, "transfer" | "createHasher">
    & {
      readonly signal: AbortSignal | undefined;
    },
): Promise<OpenArchive> {
  const opened = await files.open(path, signal);
  if (opened === undefined) {
    throw new NotFoundError(`Cannot read "${name}": there is no such file`);
  }
  const isFile = !(Symbol.asyncIterator in opened);
  let read = 0;
  const whole = isFile ? opened.read(0, opened.size) : opened;
  const { format, source } = await sniff(countBytes(whole, (bytes) => read = bytes));
  const spool = (stream: ByteStream, limit = (): number => largest): Promise<SeekableFile> =>
    spoolFile(abortableStream(stream, signal), { createSpool, name, limit });
  let file: SeekableFile;
  if (format === "tar" && isFile) {
    await source[Symbol.asyncIterator]().return?.();
    file = opened;
  } else if (format === "tar") file = await spool(source);
  else if (format === "gzip" || format === "zstd") {
    const expanded = (): number => Math.min(largest, Math.max(FREELY, MOST_EXPANSION * read));
    try {
      const what = JSON.stringify(name);
      file = await spool(unpack(source, format, { codec, what }), expanded);
    } finally {
      if (isFile) await opened.close();
    }
  } else {
    if (isFile) await opened.close();
    throw new SyntaxError(
      `Cannot read "${name}": ${format === "empty" ? "it is empty" : `it is ${format} data`}`,
    );
  }
  try {
    return { members: await ArchiveMembers.read(file, name), close: () => file.close() };
  } catch (error) {
    await file.close();
    throw error;
  }
}
