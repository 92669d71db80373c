/** Limits how many tasks run at a time, in total and for each of their keys. */

/** Limits of {@linkcode KeyedLimiter}. */
export interface KeyedLimits {
  /** The most tasks at a time, at least 1. */
  readonly total: number;
  /** The most tasks at a time with the same key, at least 1. */
  readonly each: number;
}

interface Waiting {
  readonly keys: readonly string[];
  readonly begin: () => void;
}

/** Lets tasks run in the order of the calls, except that a task whose keys are free may pass one whose keys are not. */
export class KeyedLimiter {
  readonly #limits: KeyedLimits;
  readonly #running = new Map<string, number>();
  #total = 0;
  #waiting: Waiting[] = [];
  #listeners: (() => void)[] = [];

  /** @throws {RangeError} if a limit is not a positive whole number. */
  constructor(limits: KeyedLimits) {
    for (const limit of [limits.total, limits.each]) {
      if (Number.isInteger(limit) && limit >= 1) continue;
      throw new RangeError(
        `Cannot limit tasks to ${limit} at a time: expected a whole number of at least 1`,
      );
    }
    this.#limits = limits;
  }

  /**
   * Waits until a task may run.
   *
   * @param keys Keys of the task, each once.
   * @returns a function to call when the task has ended.
   */
  async acquire(keys: readonly string[]): Promise<() => void> {
    await new Promise<void>((begin) => {
      this.#waiting.push({ keys, begin });
      this.#beginWaiting();
    });
    return () => this.#end(keys);
  }

  /** Waits until fewer than a number of tasks are waiting. */
  async room(most: number): Promise<void> {
    while (this.#waiting.length >= most) {
      await new Promise<void>((resolve) => this.#listeners.push(resolve));
    }
  }

  #end(keys: readonly string[]): void {
    this.#total--;
    for (const key of keys) {
      const left = (this.#running.get(key) ?? 0) - 1;
      if (left > 0) this.#running.set(key, left);
      else this.#running.delete(key);
    }
    this.#beginWaiting();
  }

  #beginWaiting(): void {
    const before = this.#waiting.length;
    this.#waiting = this.#waiting.filter(({ keys, begin }) => {
      if (!this.#isFree(keys)) return true;
      this.#total++;
      for (const key of keys) this.#running.set(key, (this.#running.get(key) ?? 0) + 1);
      begin();
      return false;
    });
    if (this.#waiting.length === before) return;
    for (const listener of this.#listeners.splice(0)) listener();
  }

  #isFree(keys: readonly string[]): boolean {
    const { total, each } = this.#limits;
    return this.#total < total && keys.every((key) => (this.#running.get(key) ?? 0) < each);
  }
}
