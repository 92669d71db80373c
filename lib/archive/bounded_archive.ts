/** Reads an archive from a stream no further than its end marker, so that an endless stream does not fill the disk. */

import type { Bytes, ByteStream } from "../base/bytes.ts";
import { BLOCK_SIZE, isZeroBlock } from "../tar/header.ts";
import { HeaderReader } from "../tar/header_reader.ts";
import { TarError } from "../tar/tar_error.ts";
import { MOST_MEMBERS } from "./archive_members.ts";

/** Bytes after the end marker that are still read, so that the writer's pipe does not break: tar pads archives to 10 KiB. */
const MOST_BEHIND = 1024 * 1024;

/** Options of {@linkcode boundArchive}. */
export interface BoundArchiveOptions {
  /** What messages call the archive. */
  readonly name: string;
  /** Bytes that there is room for. */
  readonly room: number;
}

/**
 * Passes an archive on up to its end marker. The headers tell in advance how long it becomes.
 *
 * @throws {SyntaxError} while reading, at the first invalid header, or if it has too many members.
 * @throws {RangeError} while reading, at the first member that there is no room for.
 */
export async function* boundArchive(
  source: ByteStream,
  { name, room }: BoundArchiveOptions,
): ByteStream {
  const headers = new HeaderReader();
  const block = new Uint8Array(BLOCK_SIZE);
  let filled = 0;
  /** The offsets of the next header and of the present chunk in the archive. */
  let next = 0;
  let start = 0;
  let members = 0;
  let end = Infinity;

  /** Parses a block that is complete. */
  function parseBlock(): void {
    if (!headers.pending && isZeroBlock(block)) {
      end = next + BLOCK_SIZE;
      return;
    }
    const entry = headers.push(block.slice(), next);
    next += BLOCK_SIZE;
    if (entry === undefined) return;
    next += headers.remaining;
    if (++members > MOST_MEMBERS) {
      throw new SyntaxError(`Cannot read "${name}": it has more than ${MOST_MEMBERS} members`);
    }
    if (next <= room) return;
    throw new RangeError(
      `Cannot read "${name}": with ${
        JSON.stringify(entry.path)
      } it has ${next} bytes, and there is room for ${room}; name a larger disk with TMPDIR`,
    );
  }

  for await (const chunk of source) {
    while (end === Infinity && next + filled < start + chunk.length) {
      const at = next + filled - start;
      const piece = chunk.subarray(at, at + BLOCK_SIZE - filled);
      block.set(piece, filled);
      filled += piece.length;
      if (filled < BLOCK_SIZE) break;
      filled = 0;
      try {
        parseBlock();
      } catch (error) {
        if (!(error instanceof TarError)) throw error;
        throw new SyntaxError(`Cannot read "${name}": ${error.found}`, { cause: error });
      }
    }
    const rest: Bytes = chunk.subarray(0, Math.max(0, end - start));
    if (rest.length > 0) yield rest;
    start += chunk.length;
    if (start - end > MOST_BEHIND) return;
  }
}
