/** Work that several wait for. */

import { abortable } from "./abortable.ts";

/** Goes on as long as anybody waits for it: one who gives up stops nobody else. */
export class SharedWork<T> {
  readonly #controller = new AbortController();
  readonly #result: Promise<T>;
  #waiting = 0;
  #state: "pending" | "done" | "failed" = "pending";

  /** Begins it. Its signal is aborted when nobody waits any more. */
  constructor(work: (signal: AbortSignal) => Promise<T>) {
    // The microtask makes work that throws before its first await fail like any other.
    this.#result = Promise.resolve().then(() => work(this.#controller.signal));
    this.#result.then(() => this.#state = "done", () => this.#state = "failed");
  }

  /** Whether it has failed or was given up, so that whoever wants the result has to begin anew. */
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
