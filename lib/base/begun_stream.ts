/** Waits for the start of a stream. */

import type { ByteStream } from "./bytes.ts";

/**
 * Waits for the first chunk of a stream, so that a failure to open it is a failure of the call.
 *
 * @returns the whole stream.
 * @throws what the stream throws before its first chunk.
 */
export async function begunStream(source: ByteStream): Promise<ByteStream> {
  const iterator = source[Symbol.asyncIterator]();
  const first = await iterator.next();
  let isFirst = true;
  return {
    [Symbol.asyncIterator]: () => ({
      next(): ReturnType<typeof iterator.next> {
        if (!isFirst) return iterator.next();
        isFirst = false;
        return Promise.resolve(first);
      },
      return: async (value) => await iterator.return?.(value) ?? { done: true, value },
    }),
  };
}
