/** Writes archives in the format of POSIX.1-2001: ustar, with pax headers only where they are needed. */

import type { Bytes, ByteStream } from "../base/bytes.ts";
import { encodeHeaders } from "./encode.ts";
import type { TarEntry } from "./entry.ts";
import { Gatherer } from "./gatherer.ts";
import { BLOCK_SIZE, padded } from "./header.ts";

/**
 * Writes an archive, entry by entry as it is read from. The same entries give the same bytes, however their contents are cut into chunks.
 *
 * @param entries Asked for one at a time: the content of one is read before the next one is asked for.
 * @returns the archive, with its end-of-archive marker.
 * @throws {TypeError} while reading, if an entry is invalid; see {@linkcode encodeHeaders}.
 * @throws {RangeError} while reading, if a number is out of range or the content is not as long as declared.
 * @example
 * ```ts
 * import { writeTar } from "@x/appendlayer/tar";
 *
 * const content = new TextEncoder().encode("hello\n");
 * const owner = { mode: 0o644, uid: 0, gid: 0, mtime: 0 };
 * const archive = writeTar([{ path: "hello.txt", type: "file", size: 6, content, ...owner }]);
 * ```
 */
export async function* writeTar(
  entries: Iterable<TarEntry> | AsyncIterable<TarEntry>,
): ByteStream {
  const writer = new TarWriter();
  // Entries of a synchronous iterable are not awaited, which would add up for 100,000 small files.
  if (Symbol.iterator in entries) {
    for (const entry of entries) {
      const chunks = writer.add(entry);
      if (chunks !== undefined) yield* chunks;
    }
  } else {
    for await (const entry of entries) {
      const chunks = writer.add(entry);
      if (chunks !== undefined) yield* chunks;
    }
  }
  yield* writer.end();
}

/** Writes an archive for a caller that has its own loop; {@linkcode writeTar} is simpler. */
export class TarWriter {
  readonly #gatherer = new Gatherer();

  /**
   * Writes an entry.
   *
   * @returns chunks to read before the next call, if there are any.
   * @throws {TypeError} if the entry is invalid; see {@linkcode encodeHeaders}.
   * @throws {RangeError} if a number is out of range or the content is not as long as declared.
   */
  add(entry: TarEntry): ByteStream | readonly Bytes[] | undefined {
    const gatherer = this.#gatherer;
    const { content, size } = entry;
    let full = gatherer.add(encodeHeaders(entry));
    if (content !== undefined && !(content instanceof Uint8Array)) {
      return writeContent(gatherer, entry, content);
    }
    const found = content?.length ?? 0;
    if (found !== size) throw wrongSize(entry, size - found);
    if (content !== undefined && size > 0) {
      full = gatherer.add(content) || full;
      full = gatherer.add(PADDING.subarray(0, padded(size) - size)) || full;
    }
    return full ? gatherer.take() : undefined;
  }

  /** Writes the end-of-archive marker, and returns the last chunks. */
  end(): readonly Bytes[] {
    this.#gatherer.add(new Uint8Array(2 * BLOCK_SIZE));
    this.#gatherer.flush();
    return this.#gatherer.take();
  }
}

async function* writeContent(
  gatherer: Gatherer,
  entry: TarEntry,
  content: ByteStream,
): ByteStream {
  let left = entry.size;
  for await (const chunk of content) {
    left -= chunk.length;
    if (left < 0) break;
    if (gatherer.add(chunk)) yield* gatherer.take();
  }
  if (left !== 0) throw wrongSize(entry, left);
  if (gatherer.add(PADDING.subarray(0, padded(entry.size) - entry.size))) yield* gatherer.take();
}

/** Never written to. */
const PADDING = new Uint8Array(BLOCK_SIZE);

function wrongSize({ path, size }: TarEntry, left: number): RangeError {
  const found = left > 0 ? `${size - left}` : `more`;
  return new RangeError(
    `Cannot write ${
      JSON.stringify(path)
    } into a tar archive: its size is ${size} bytes and its content has ${found}`,
  );
}
