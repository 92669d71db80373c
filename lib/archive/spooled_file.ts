/** Copies an archive from a stream to a spool, so that it can be read at any offset. */

import type { ByteStream } from "../base/bytes.ts";
import type { CreateSpool } from "../storage/spool.ts";
import type { SeekableFile } from "./archive_files.ts";
import { boundArchive } from "./bounded_archive.ts";

/** Options of {@linkcode spoolFile}. */
export interface SpoolFileOptions {
  readonly createSpool: CreateSpool;
  /** What messages call the archive. */
  readonly name: string;
  /** The most bytes of the archive, as far as is known so far. */
  readonly limit: () => number;
}

/**
 * Reads an archive to its end into a spool.
 *
 * @throws {SyntaxError} if it is no archive; see {@linkcode boundArchive}.
 * @throws {RangeError} if it is longer than the limit, or there is no room for it.
 */
export async function spoolFile(
  source: ByteStream,
  { createSpool, name, limit }: SpoolFileOptions,
): Promise<SeekableFile> {
  const spool = await createSpool();
  let size = 0;
  try {
    const room = await spool.room?.() ?? Infinity;
    for await (const chunk of boundArchive(source, { name, room })) {
      size += chunk.length;
      if (size > limit()) {
        throw new RangeError(`Cannot read "${name}": it is longer than ${limit()} bytes`);
      }
      await spool.write(chunk);
    }
  } catch (error) {
    await spool.dispose();
    throw error;
  }
  return {
    size,
    async *read(start, end): ByteStream {
      let left = end - start;
      if (left <= 0) return;
      for await (const chunk of spool.read(start)) {
        yield chunk.subarray(0, left);
        left -= chunk.length;
        if (left <= 0) return;
      }
    },
    close: () => spool.dispose(),
  };
}
