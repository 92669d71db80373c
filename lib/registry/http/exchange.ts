/** One request and its answer, for as long as either is on its way: what ends it, and how long it may be silent. */

import { onAbort } from "../../base/on_abort.ts";
import type { Allowance } from "./allowance.ts";
import { ConnectionError } from "./connection_error.ts";
import type { Delay } from "../registry_options.ts";

/** Options of {@linkcode Exchange}. */
export interface ExchangeOptions {
  /** Milliseconds without any sign of life after which the exchange ends. */
  readonly timeout: number;
  readonly delay: Delay;
  readonly now: () => number;
  /** Ends the exchange. */
  readonly signal: AbortSignal | undefined;
  /** The time that it may take in all, with others. */
  readonly allowance?: Allowance | undefined;
  /** Told when the other side begins to be waited for, and when it no longer is. */
  readonly onWait?: ((isWaiting: boolean) => void) | undefined;
}

/** Ends a request by its signal, when nothing has moved for too long, or when its time is over. It begins paused. */
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

  /** Begins to watch: the request is about to be sent. */
  begin(): void {
    const { allowance, now } = this.#options;
    this.#begun = now();
    void this.#watch();
    if (allowance !== undefined) void this.#expire(allowance.left, allowance.describe());
  }

  /** Ends the exchange when the time is over that a short answer may take: from now on, one timeout. */
  expectShort(): void {
    const { timeout } = this.#options;
    void this.#expire(timeout, `it took more than ${timeout / 1_000} seconds in all`);
  }

  /** For `fetch`. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Aborted when nobody is interested any more, for whatever reason. */
  get over(): AbortSignal {
    return this.#over.signal;
  }

  /** Ends the request with a reason; the first one counts. */
  abort(reason: unknown): void {
    this.#controller.abort(reason);
    this.close();
  }

  /**
   * Says that something has moved, and that the other side is waited for again.
   *
   * @param extraTimeout Further milliseconds that it may be silent this time.
   */
  resetTimer(extraTimeout: number = 0): void {
    this.#lastMove = this.#options.now() + extraTimeout;
    if (!this.#over.signal.aborted) this.#setPaused(false);
  }

  /** Says that the other side is not waited for: it may be silent until {@linkcode resetTimer}. */
  pause(): void {
    this.#setPaused(true);
  }

  /** Stops watching: the exchange is over. Safe to call more than once. */
  close(): void {
    this.#stopListening();
    const { allowance, now } = this.#options;
    if (this.#begun !== undefined) allowance?.spend(now() - this.#begun);
    this.#begun = undefined;
    this.#setPaused(true);
    this.#over.abort();
  }

  /** What to throw for an error of `fetch` or of a body: why the request was ended, or that the connection failed. */
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
    // One timer that looks again at what is left, rather than a new one with every chunk.
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
