/** Watches one request and its answer: ends them on abort, silence, or after a total time. */

import { onAbort } from "../../base/on_abort.ts";
import type { Allowance } from "./allowance.ts";
import { ConnectionError } from "./connection_error.ts";
import type { Delay } from "../registry_options.ts";

/** Options of {@linkcode Exchange}. */
export interface ExchangeOptions {
  /** Milliseconds of silence after which the exchange ends. */
  readonly timeout: number;
  readonly delay: Delay;
  readonly now: () => number;
  /** Ends the exchange. */
  readonly signal: AbortSignal | undefined;
  /** Limits the total time of this and further exchanges. */
  readonly allowance?: Allowance | undefined;
  /** Told when the other side is waited for, and when it no longer is. */
  readonly onWait?: ((isWaiting: boolean) => void) | undefined;
}

/** One request with its answer. It begins paused. */
export class Exchange {
  readonly #controller = new AbortController();
  readonly #over = new AbortController();
  readonly #options: ExchangeOptions;
  readonly #stopListening: () => void;
  #lastMove = 0;
  #isPaused = true;
  #begun: number | undefined;

  constructor(options: ExchangeOptions) {
    this.#options = options;
    const { signal } = options;
    // Not `AbortSignal.any`, which keeps dependent signals alive as long as their sources on Node 20.
    this.#stopListening = onAbort(signal, () => this.abort(signal?.reason));
    if (signal?.aborted) this.abort(signal.reason);
  }

  /** Starts the timers, just before the request is sent. */
  begin(): void {
    const { allowance, now } = this.#options;
    this.#begun = now();
    void this.#watch();
    if (allowance !== undefined) void this.#expire(allowance.left, allowance.describe());
  }

  /** Limits the rest of the exchange to one timeout, for a short answer. */
  expectShort(): void {
    const { timeout } = this.#options;
    void this.#expire(timeout, `it took more than ${timeout / 1_000} seconds in all`);
  }

  /** The signal for `fetch`. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Aborted when the exchange is over, for whatever reason. */
  get over(): AbortSignal {
    return this.#over.signal;
  }

  /** Ends the request with a reason; the first one counts. */
  abort(reason: unknown): void {
    this.#controller.abort(reason);
    this.close();
  }

  /**
   * Restarts the timer of silence: data has moved, and the other side is waited for.
   *
   * @param extraTimeout Further milliseconds that it may be silent this time.
   */
  resetTimer(extraTimeout: number = 0): void {
    this.#lastMove = this.#options.now() + extraTimeout;
    if (!this.#over.signal.aborted) this.#setPaused(false);
  }

  /** Stops the timer of silence until {@linkcode resetTimer}: the other side is not waited for. */
  pause(): void {
    this.#setPaused(true);
  }

  /** Ends the exchange, and stops its timers. Safe to call more than once. */
  close(): void {
    this.#stopListening();
    const { allowance, now } = this.#options;
    if (this.#begun !== undefined) allowance?.spend(now() - this.#begun);
    this.#begun = undefined;
    this.#setPaused(true);
    this.#over.abort();
  }

  /** The error to throw for one of `fetch` or of a body: the reason of the abort, or a {@linkcode ConnectionError}. */
  failure(error: unknown): unknown {
    return this.signal.aborted ? this.signal.reason : new ConnectionError(error);
  }

  #setPaused(isPaused: boolean): void {
    if (this.#isPaused === isPaused) return;
    this.#isPaused = isPaused;
    this.#options.onWait?.(!isPaused);
  }

  async #watch(): Promise<void> {
    const { timeout, delay, now } = this.#options;
    // One timer that is set again for the time that is left, instead of a new one for every chunk.
    for (let left = timeout; left > 0; left = this.#left(now())) {
      try {
        await delay(left, { signal: this.#over.signal });
      } catch {
        return;
      }
    }
    this.abort(new ConnectionError(new Error(`nothing came for ${timeout / 1_000} seconds`)));
  }

  async #expire(duration: number, reason: string): Promise<void> {
    try {
      await this.#options.delay(Math.max(0, duration), { signal: this.#over.signal });
    } catch {
      return;
    }
    this.abort(new ConnectionError(new Error(reason)));
  }

  #left(now: number): number {
    const { timeout } = this.#options;
    return this.#isPaused ? timeout : this.#lastMove + timeout - now;
  }
}
