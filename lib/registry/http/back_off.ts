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

/** Requests at a time from which on a host counts as recovered. */
const RECOVERED = 32;

/** One host, as far as it is known. */
interface Load {
  /** When it may be asked again; milliseconds since 1970. */
  until: number;
  /** Requests at a time that it takes. */
  width: number;
  running: number;
  readonly waiting: (() => void)[];
}

/** A request's turn at a host. */
export interface Turn {
  /** Whether another request was under way at the host. */
  readonly isShared: boolean;
  /**
   * Ends the turn.
   *
   * @param status Of the answer; undefined if there was none.
   */
  end(status: number | undefined): void;
}

/**
 * Knows when each host may be asked again, and how many requests at a time it takes: after an answer 429 one, until one passes, and then
 * more again. All that wait would else go again at the same moment, and meet the same answer.
 */
export class BackOff {
  readonly #options: BackOffOptions;
  readonly #hosts: Map<string, Load> = new Map();

  constructor(options: BackOffOptions) {
    this.#options = options;
  }

  /** Waits until the host may be asked. */
  async wait(host: string, signal: AbortSignal): Promise<void> {
    const { delay } = this.#options;
    for (let left = this.#left(host); left > 0; left = this.#left(host)) {
      await delay(left, { signal });
    }
  }

  /** Waits until the host may be asked and takes one more request. */
  async turn(host: string, signal: AbortSignal): Promise<Turn> {
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
      end(status): void {
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
    const isOverloaded = response !== undefined && OVERLOAD_STATUSES.has(response.status);
    // A host that counts requests needs time: no jitter may make it none.
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
