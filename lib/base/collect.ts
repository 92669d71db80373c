/** Reads a whole stream into one array, with a limit. */

import { type Bytes, type ByteStream, concatBytes } from "./bytes.ts";

/** Options of {@linkcode collectBytes}. */
export interface CollectOptions {
  /**
   * The most bytes. A longer stream is ended at once, whatever size was declared.
   *
   * @default {Infinity}
   */
  readonly limit?: number | undefined;
  /**
   * Name of the stream in error messages.
   *
   * @default {"stream"}
   */
  readonly what?: string | undefined;
  /** Told of the bytes of each chunk. If it throws, the stream is ended. */
  readonly onChunk?: ((bytes: number) => void) | undefined;
}

/**
 * Reads a stream to its end.
 *
 * @throws {RangeError} if it is longer than the limit.
 */
export async function collectBytes(
  stream: ByteStream,
  { limit = Infinity, what = "stream", onChunk }: CollectOptions = {},
): Promise<Bytes> {
  const chunks: Bytes[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.length;
    if (size > limit) throw new RangeError(`Cannot read ${what}: it is longer than ${limit} bytes`);
    onChunk?.(chunk.length);
    chunks.push(chunk);
  }
  return concatBytes(chunks);
}
