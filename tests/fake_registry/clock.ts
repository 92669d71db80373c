/** Time that passes only when nobody has anything else to do, so that tests of waiting do not wait. */

/** What code that waits is given in place of `Date.now` and `delay`. */
export interface Clock {
  now(): number;
  delay(duration: number, options?: { readonly signal?: AbortSignal | undefined }): Promise<void>;
  /** Keeps time from passing until the work, which runs on another thread, is done. */
  hold<T>(work: Promise<T>): Promise<T>;
}

/** What code that draws how long it waits is given in place of `Math.random`, so that it waits as long in each run. */
export const half = (): number => 0.5;

interface Timer {
  readonly due: number;
  readonly fire: () => void;
}

/** Turns of the event loop without any news after which everybody is taken to be waiting. */
const QUIET_TURNS = 6;

/** Makes a clock that jumps to the next timer as soon as the event loop has been quiet for a few turns. */
export function createVirtualClock(start: number = Date.UTC(2026, 10, 21, 12)): Clock {
  let now = start;
  let held = 0;
  let turning = false;
  const timers = new Set<Timer>();

  const turn = async (): Promise<void> => {
    turning = true;
    while (timers.size > 0) {
      await quiet(() => timers.size + held * 1e6);
      if (held > 0) continue;
      let next: Timer | undefined;
      for (const timer of timers) if (next === undefined || timer.due < next.due) next = timer;
      if (next === undefined) break;
      timers.delete(next);
      now = Math.max(now, next.due);
      next.fire();
    }
    turning = false;
  };

  return {
    now: () => now,
    delay(duration, { signal } = {}): Promise<void> {
      return new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const abort = (): void => {
          timers.delete(timer);
          reject(signal?.reason);
        };
        const fire = (): void => {
          signal?.removeEventListener("abort", abort);
          resolve();
        };
        const timer: Timer = { due: now + duration, fire };
        signal?.addEventListener("abort", abort, { once: true });
        timers.add(timer);
        if (!turning) void turn();
      });
    },
    async hold<T>(work: Promise<T>): Promise<T> {
      held++;
      try {
        return await work;
      } finally {
        held--;
      }
    },
  };
}

/** Settles when a number has stayed the same for a few turns of the event loop. */
export async function quiet(news: () => number, turns: number = QUIET_TURNS): Promise<void> {
  let before = news();
  for (let still = 0; still < turns; still++) {
    await new Promise((resolve) => setTimeout(resolve, 0));
    const after = news();
    if (after !== before) still = 0;
    before = after;
  }
}
