/** Reads the first bytes of a stream. */

import { type Bytes, type ByteStream, concatBytes } from "./bytes.ts";

/** The first bytes of a stream, which is then ended; undefined if it has fewer. */
export async function readFirst(stream: ByteStream, length: number): Promise<Bytes | undefined> {
  const chunks: Bytes[] = [];
  let left = length;
  for await (const chunk of stream) {
    const own = chunk.slice(0, left);
    chunks.push(own);
    left -= own.length;
    if (left === 0) break;
  }
  return left === 0 ? concatBytes(chunks) : undefined;
}
