/** Skips the first bytes of a stream. */

import type { Bytes, ByteStream } from "./bytes.ts";

/** Yields a stream without its first bytes. */
export async function* skipBytes(
  stream: ByteStream | Iterable<Bytes>,
  count: number,
): ByteStream {
  let left = count;
  for await (const chunk of stream) {
    const rest = chunk.subarray(Math.min(left, chunk.length));
    left -= chunk.length - rest.length;
    if (rest.length > 0) yield rest;
  }
}
