/** Waits before requests are sent again, and limits the requests to an overloaded host. */

import { LONGEST_RETRY_AFTER, retryDelay } from "../../base/retry_delay.ts";
import type { Delay } from "../registry_options.ts";

/** Options of {@linkcode BackOff}. */
export interface BackOffOptions {
  readonly random: () => number;
  readonly now: () => number;
  readonly delay: Delay;
}

/** Statuses of an overloaded host, to which all requests wait. */
const OVERLOAD_STATUSES: ReadonlySet<number> = new Set([429, 503]);

/** Concurrent requests from which on a host counts as recovered. */
const RECOVERED = 32;

/** The state of one host. */
interface Load {
  /** When it may be sent requests again; milliseconds since 1970. */
  until: number;
  /** Concurrent requests that it takes. */
  width: number;
  running: number;
  readonly waiting: (() => void)[];
}

/** The right to send one request to a host. */
export interface Slot {
  /** Whether other requests were under way at the host. */
  readonly isShared: boolean;
  /**
   * Ends the request.
   *
   * @param status Status of the answer; undefined if there was none.
   */
  release(status: number | undefined): void;
}

/**
 * Knows when each host may be sent requests again, and how many at a time: one after an answer 429 or 503, then slowly more. Otherwise all
 * waiting requests would be sent at the same moment, and get the same answer.
 */
export class BackOff {
  readonly #options: BackOffOptions;
  readonly #hosts: Map<string, Load> = new Map();

  constructor(options: BackOffOptions) {
    this.#options = options;
  }

  /** Waits until the host may be sent requests. */
  async wait(host: string, signal: AbortSignal): Promise<void> {
    const { delay } = this.#options;
    for (let left = this.#left(host); left > 0; left = this.#left(host)) {
      await delay(left, { signal });
    }
  }

  /** Waits until the host takes one more request. */
  async acquire(host: string, signal: AbortSignal): Promise<Slot> {
    const load = this.#load(host);
    while (true) {
      await this.wait(host, signal);
      signal.throwIfAborted();
      if (load.running < load.width) break;
      await waitInLine(load, signal);
    }
    const isShared = load.running++ > 0;
    return {
      isShared,
      release(status): void {
        load.running--;
        if (status !== undefined && OVERLOAD_STATUSES.has(status)) load.width = 1;
        else if (status !== undefined) load.width += 0.5 / Math.floor(load.width);
        if (load.width >= RECOVERED) load.width = Infinity;
        for (const next of load.waiting.splice(0)) next();
      },
    };
  }

  #left(host: string): number {
    return (this.#hosts.get(host)?.until ?? 0) - this.#options.now();
  }

  #load(host: string): Load {
    let load = this.#hosts.get(host);
    if (load === undefined) {
      load = { until: 0, width: Infinity, running: 0, waiting: [] };
      this.#hosts.set(host, load);
    }
    return load;
  }

  /** How long to wait before something that takes several requests is done again; milliseconds. */
  duration(failures: number): number {
    return retryDelay(failures, { random: this.#options.random });
  }

  /**
   * How long to wait after a failed attempt; milliseconds. If the host is overloaded, all requests to it wait as long.
   *
   * @param attempt 0 for the first.
   * @throws {RangeError} if the host asks for a longer wait than {@linkcode LONGEST_RETRY_AFTER}.
   */
  after(attempt: number, host: string, response?: Response): number {
    const { random, now } = this.#options;
    const retryAfter = response?.headers.get("retry-after");
    const isOverloaded = response !== undefined && OVERLOAD_STATUSES.has(response.status);
    // At least half of the duration: an overloaded host needs the time.
    const jitter = isOverloaded ? () => (1 + random()) / 2 : random;
    const duration = retryDelay(attempt, { random: jitter, now, retryAfter });
    if (duration > LONGEST_RETRY_AFTER) {
      throw new RangeError(`it asks to wait ${Math.ceil(duration / 1_000)} seconds`);
    }
    if (isOverloaded) {
      const load = this.#load(host);
      load.until = Math.max(load.until, now() + duration);
    }
    return duration;
  }
}

async function waitInLine({ waiting }: Load, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    waiting.push(resolve);
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
