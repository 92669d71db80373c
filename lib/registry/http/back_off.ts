/** Waiting before a request is sent again, for one request and for all that go to the same host. */

import { LONGEST_RETRY_AFTER, retryDelay } from "../../base/retry_delay.ts";
import type { Delay } from "../registry_options.ts";

/** Options of {@linkcode BackOff}. */
export interface BackOffOptions {
  readonly random: () => number;
  readonly now: () => number;
  readonly delay: Delay;
}

/** Statuses by which a host says that it is asked too much: all requests to it wait. */
const OVERLOAD_STATUSES: ReadonlySet<number> = new Set([429, 503]);

/** Knows when each host may be asked again. */
export class BackOff {
  readonly #options: BackOffOptions;
  /** Milliseconds since 1970 by host. */
  readonly #until: Map<string, number> = new Map();

  constructor(options: BackOffOptions) {
    this.#options = options;
  }

  /** Waits until the host may be asked. */
  async wait(host: string, signal: AbortSignal): Promise<void> {
    const { now, delay } = this.#options;
    const left = (this.#until.get(host) ?? 0) - now();
    if (left > 0) await delay(left, { signal });
  }

  /** How long to wait before something is done anew that failed in several requests; milliseconds. */
  duration(failures: number): number {
    return retryDelay(failures, { random: this.#options.random });
  }

  /**
   * How long to wait after an attempt that failed; milliseconds. Everybody waits where the host is overloaded.
   *
   * @param attempt 0 for the first.
   * @throws {RangeError} if the host asks for more time than a command should take.
   */
  after(attempt: number, host: string, response?: Response): number {
    const { random, now } = this.#options;
    const retryAfter = response?.headers.get("retry-after");
    const duration = retryDelay(attempt, { random, now, retryAfter });
    if (duration > LONGEST_RETRY_AFTER) {
      throw new RangeError(`it asks to wait ${Math.ceil(duration / 1_000)} seconds`);
    }
    if (response !== undefined && OVERLOAD_STATUSES.has(response.status)) {
      this.#until.set(host, Math.max(this.#until.get(host) ?? 0, now() + duration));
    }
    return duration;
  }
}
