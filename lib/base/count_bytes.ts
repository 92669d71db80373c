/** Counts the bytes of a stream. */

import type { Bytes, ByteStream } from "./bytes.ts";

/**
 * Passes a stream on, and reports each chunk before it is passed on.
 *
 * @param onChunk Called with the number of bytes so far, this chunk included, and the chunk.
 */
export async function* countBytes(
  source: ByteStream,
  onChunk: (total: number, chunk: Bytes) => void,
): ByteStream {
  let total = 0;
  for await (const chunk of source) {
    total += chunk.length;
    onChunk(total, chunk);
    yield chunk;
  }
}
