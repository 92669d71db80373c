/** Limits how many tasks run at a time. */

/** Runs a task as soon as fewer than the limit are running, in the order of the calls. */
export type Limiter = <T>(task: () => Promise<T>) => Promise<T>;

/**
 * Makes a limiter.
 *
 * @param limit The most tasks at a time, at least 1.
 * @throws {RangeError} if the limit is not a positive whole number.
 */
export function createLimiter(limit: number): Limiter {
  if (!Number.isInteger(limit) || limit < 1) {
    throw new RangeError(
      `Cannot limit concurrency to ${limit}: expected a whole number of at least 1`,
    );
  }
  const waiting: (() => void)[] = [];
  let running = 0;

  return async (task) => {
    if (running < limit) running++;
    // The slot of a task that ends is passed to the next one directly, so that no later task can take it.
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await task();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running--;
      else next();
    }
  };
}

/**
 * Makes a limiter for each key.
 *
 * @param limit The most tasks of one key at a time, at least 1.
 * @throws {RangeError} as {@linkcode createLimiter} does, at the first use.
 */
export function createLimiters(limit: number): (key: string) => Limiter {
  const limiters = new Map<string, Limiter>();
  return (key) => {
    const limiter = limiters.get(key) ?? createLimiter(limit);
    limiters.set(key, limiter);
    return limiter;
  };
}
