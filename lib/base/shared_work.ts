/** One asynchronous result that several callers wait for. */

import { abortable } from "./abortable.ts";

/** Work that goes on as long as any caller waits for it: one who gives up does not stop it for the others. */
export class SharedWork<T> {
  readonly #controller = new AbortController();
  readonly #result: Promise<T>;
  #waiting = 0;
  #state: "pending" | "done" | "failed" = "pending";

  /** Starts the work. Its signal is aborted when no caller waits any more. */
  constructor(work: (signal: AbortSignal) => Promise<T>) {
    // The microtask makes work that throws before its first await fail like any other.
    this.#result = Promise.resolve().then(() => work(this.#controller.signal));
    this.#result.then(() => this.#state = "done", () => this.#state = "failed");
  }

  /** Whether the work has failed or was given up, so that the result needs new work. */
  get isLost(): boolean {
    return this.#state === "failed" || this.#controller.signal.aborted;
  }

  /**
   * Waits for the result.
   *
   * @throws what the work throws, or the signal's reason.
   */
  async wait(signal?: AbortSignal): Promise<T> {
    this.#waiting++;
    try {
      return await abortable(this.#result, signal);
    } finally {
      this.#waiting--;
      if (this.#waiting === 0 && this.#state === "pending") {
        this.#controller.abort(signal?.reason);
      }
    }
  }
}
