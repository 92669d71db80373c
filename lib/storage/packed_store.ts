/** Keeps large values in a cache: compressed, and written and read as streams. */

import type { ByteStream } from "../base/bytes.ts";
import { fromReadable, toReadable } from "../base/readable.ts";
import type { CacheStore } from "./cache_store.ts";

/** The most uncompressed bytes of a value: larger ones are neither kept nor read. */
const LARGEST = 256 * 1024 * 1024;

/** Keeps bytes under a name, unless there are too many. */
export async function putPacked(
  store: CacheStore,
  name: string,
  bytes: ByteStream,
): Promise<void> {
  const packed = toReadable(bounded(bytes)).pipeThrough(new CompressionStream("gzip"));
  await store.put(name, fromReadable(packed));
}

/**
 * Reads bytes that were kept. The stream throws, at its end at the latest, if they are not complete or were changed.
 *
 * @returns undefined if there are none.
 */
export async function getPacked(store: CacheStore, name: string): Promise<ByteStream | undefined> {
  const bytes = await store.get(name);
  return bytes &&
    bounded(fromReadable(toReadable(bytes).pipeThrough(new DecompressionStream("gzip"))));
}

/** @throws {RangeError} if there are too many bytes. */
async function* bounded(bytes: ByteStream): ByteStream {
  let size = 0;
  for await (const chunk of bytes) {
    size += chunk.length;
    if (size > LARGEST) throw new RangeError("too much for the cache");
    yield chunk;
  }
}
