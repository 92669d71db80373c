/** The types of bytes and byte streams that the whole project uses. */

/** A byte array over its own `ArrayBuffer`, which is what `fetch`, Web Crypto and streams accept. */
export type Bytes = Uint8Array<ArrayBuffer>;

/** A sequence of byte chunks of any size, produced as they are asked for. */
export type ByteStream = AsyncIterable<Bytes>;

/**
 * A stage of a pipeline. It reads the given stream only as its own is read, at most about a chunk ahead. Ending the returned stream early
 * ends the given one.
 */
export type Transform = (source: ByteStream) => ByteStream;

/** Joins chunks into one array; a single chunk is returned as it is. */
export function concatBytes(chunks: readonly Bytes[]): Bytes {
  const [first] = chunks;
  if (first !== undefined && chunks.length === 1) return first;
  const joined = new Uint8Array(chunks.reduce((size, chunk) => size + chunk.length, 0));
  let offset = 0;
  for (const chunk of chunks) {
    joined.set(chunk, offset);
    offset += chunk.length;
  }
  return joined;
}

/** A stream of one chunk. */
export async function* oneChunk(bytes: Bytes): ByteStream {
  yield await Promise.resolve(bytes);
}
