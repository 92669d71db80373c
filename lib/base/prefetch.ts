/** Prefetches the items of a generator. */

import { expectLater } from "./expect_later.ts";

/**
 * Asks a generator for items before its reader does, so that both work at the same time.
 *
 * @param source A generator, which queues calls of `next`.
 * @param count How many items are asked for ahead.
 * @param onEnd Called before the generator is ended, which waits for the items that were asked for.
 */
export async function* prefetch<T>(
  source: AsyncGenerator<T, void, undefined>,
  count: number,
  onEnd?: () => void,
): AsyncGenerator<T, void, undefined> {
  const pull = (): Promise<IteratorResult<T, void>> => {
    return expectLater(source.next());
  };
  const items = Array.from({ length: count + 1 }, pull);
  try {
    for (let item = items.shift(); item !== undefined; item = items.shift()) {
      const { done, value } = await item;
      if (done) return;
      yield value;
      items.push(pull());
    }
  } finally {
    onEnd?.();
    await source.return();
  }
}
