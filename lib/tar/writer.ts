/** Writes archives: POSIX.1-2001 pax, and nothing but ustar where that is enough. */

import type { ByteStream } from "../base/bytes.ts";
import { encodeHeaders } from "./encode.ts";
import type { TarEntry } from "./entry.ts";
import { Gatherer } from "./gatherer.ts";
import { BLOCK_SIZE, padded } from "./header.ts";

/**
 * Writes an archive, entry by entry as it is read from. The same entries give the same bytes, whatever the chunks of their
 * content.
 *
 * @param entries They are asked for one at a time; the content of one is read before the next is asked for.
 * @returns the archive, with its end-of-archive marker.
 * @throws {TypeError} while reading, if an entry is not one; see {@linkcode encodeHeaders}.
 * @throws {RangeError} while reading, if a number is out of range or the content is not as long as declared.
 * @example
 * ```ts
 * const content = new TextEncoder().encode("hello\n");
 * const owner = { mode: 0o644, uid: 0, gid: 0, mtime: 0 };
 * const archive = writeTar([{ path: "hello.txt", type: "file", size: 6, content, ...owner }]);
 * ```
 */
export async function* writeTar(
  entries: Iterable<TarEntry> | AsyncIterable<TarEntry>,
): ByteStream {
  const gatherer = new Gatherer();
  for await (const entry of entries) {
    yield* gatherer.add(encodeHeaders(entry));
    let left = entry.size;
    // Bytes are taken apart from streams: an `await` for each of 100,000 small files adds up.
    if (entry.content instanceof Uint8Array) {
      left -= entry.content.length;
      if (left === 0) yield* gatherer.add(entry.content);
    } else if (entry.content !== undefined) {
      for await (const chunk of entry.content) {
        left -= chunk.length;
        if (left < 0) break;
        yield* gatherer.add(chunk);
      }
    }
    if (left !== 0) throw wrongSize(entry, left);
    const padding = padded(entry.size) - entry.size;
    if (padding > 0) yield* gatherer.add(new Uint8Array(padding));
  }
  yield* gatherer.add(new Uint8Array(2 * BLOCK_SIZE));
  yield* gatherer.flush();
}

function wrongSize({ path, size }: TarEntry, left: number): RangeError {
  const found = left > 0 ? `${size - left}` : `more`;
  return new RangeError(
    `Cannot write ${
      JSON.stringify(path)
    } into a tar archive: its size is ${size} bytes and its content has ${found}`,
  );
}
