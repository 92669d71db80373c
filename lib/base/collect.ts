/** A whole stream as one array, for documents that are known to be small. */

import { type Bytes, type ByteStream, concatBytes } from "./bytes.ts";

/** Options of {@linkcode collectBytes}. */
export interface CollectOptions {
  /**
   * Bytes to accept. The stream is ended when it brings one more: what a server declares is never believed.
   *
   * @default {Infinity}
   */
  readonly limit?: number | undefined;
  /**
   * How the message calls what is read.
   *
   * @default {"stream"}
   */
  readonly what?: string | undefined;
}

/**
 * Reads a stream to its end.
 *
 * @throws {RangeError} if it is longer than the limit.
 */
export async function collectBytes(
  stream: ByteStream,
  { limit = Infinity, what = "stream" }: CollectOptions = {},
): Promise<Bytes> {
  const chunks: Bytes[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.length;
    if (size > limit) throw new RangeError(`Cannot read ${what}: it is longer than ${limit} bytes`);
    chunks.push(chunk);
  }
  return concatBytes(chunks);
}
