/** Keeps what may be large in a cache, compressed; it is written and read piece by piece. */

import type { ByteStream } from "../base/bytes.ts";
import { fromReadable, toReadable } from "../base/readable.ts";
import type { CacheStore } from "./cache_store.ts";

/** Bytes before they are compressed: what is larger is neither kept nor read. */
const LARGEST = 256 * 1024 * 1024;

/** Keeps bytes under a name; too many of them are not kept. */
export async function putPacked(
  store: CacheStore,
  name: string,
  bytes: ByteStream,
): Promise<void> {
  const packed = toReadable(bounded(bytes)).pipeThrough(new CompressionStream("gzip"));
  await store.put(name, fromReadable(packed));
}

/**
 * Reads bytes that were kept; the stream throws at its end, at the latest, if they are not all there, or not as they were.
 *
 * @returns undefined where there are none.
 */
export async function getPacked(store: CacheStore, name: string): Promise<ByteStream | undefined> {
  const bytes = await store.get(name);
  return bytes &&
    bounded(fromReadable(toReadable(bytes).pipeThrough(new DecompressionStream("gzip"))));
}

/** @throws {RangeError} if they are too many. */
async function* bounded(bytes: ByteStream): ByteStream {
  let size = 0;
  for await (const chunk of bytes) {
    size += chunk.length;
    if (size > LARGEST) throw new RangeError("too much for the cache");
    yield chunk;
  }
}
