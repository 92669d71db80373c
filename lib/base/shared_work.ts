/** Shares one asynchronous result between several callers. */

import { abortable } from "./abortable.ts";

/** Work that is aborted only when no caller waits for it any more. */
export class SharedWork<T> {
  readonly #controller = new AbortController();
  readonly #result: Promise<T>;
  #waiting = 0;
  #state: "pending" | "done" | "failed" = "pending";

  /** Starts the work with the signal that aborts it. */
  constructor(work: (signal: AbortSignal) => Promise<T>) {
    // In a microtask, so that work that throws synchronously rejects too.
    this.#result = Promise.resolve().then(() => work(this.#controller.signal));
    this.#result.then(() => this.#state = "done", () => this.#state = "failed");
  }

  /** Whether the work has failed or was aborted, so that new work is needed. */
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
