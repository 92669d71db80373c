/** Counts the bytes of a stream. */

import type { Bytes, ByteStream } from "./bytes.ts";

/**
 * Passes a stream on, and tells of each chunk before it is read.
 *
 * @param onChunk Gets the bytes up to and with the chunk, and the chunk.
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
