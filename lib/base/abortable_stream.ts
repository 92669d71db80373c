/** Stops reading a stream when a signal is aborted, even if the next chunk never comes. */

import { abortable } from "./abortable.ts";
import { expectLater } from "./expect_later.ts";

/**
 * Passes a stream on until a signal is aborted. The source is then ended, but not waited for.
 *
 * @throws what the source throws, or the signal's reason.
 */
export async function* abortableStream<T>(
  source: AsyncIterable<T>,
  signal: AbortSignal | undefined,
): AsyncIterable<T> {
  const iterator = source[Symbol.asyncIterator]();
  try {
    while (true) {
      const { done, value } = await abortable(iterator.next(), signal);
      if (done) return;
      yield value;
    }
  } finally {
    const ending = Promise.resolve(iterator.return?.());
    if (signal?.aborted) expectLater(ending);
    else await ending;
  }
}
