/** Detects connections on which a host no longer answers. */

import type { Delay } from "../registry_options.ts";
import { ConnectionError } from "./connection_error.ts";
import type { Exchange } from "./exchange.ts";

/** Milliseconds that an answer may take on a connection that may be dead. */
const DEAD_TIMEOUT = 3_000;

/** No answer on a connection that may be dead. The request is sent again at once on another one, if it can be. */
export class DeadConnectionError extends ConnectionError {}

/** A request that is under way. */
export interface RequestUnderWay {
  readonly host: string;
  readonly request: {
    readonly body?: unknown;
    readonly streams?: boolean | undefined;
    readonly extraTimeout?: number | undefined;
  };
  readonly exchange: Exchange;
  readonly delay: Delay;
}

/**
 * Counts the connections of each host on which a request with a body was refused. Artipie answers 400 and then reads nothing more from the
 * connection, but leaves it open, so the next request is sent on it. `fetch` neither tells on which connection a request is sent nor closes
 * one, except by aborting its request.
 */
export class DoubtfulConnections {
  readonly #counts = new Map<string, number>();

  /** Waits for an answer, but only for {@linkcode DEAD_TIMEOUT} while the host has connections that may be dead. */
  async watch(answer: Promise<Response>, underWay: RequestUnderWay): Promise<Response> {
    const { host, request } = underWay;
    const over = new AbortController();
    // A stream needs no such timer: it is seen when it stops.
    if (this.#counts.has(host) && !request.streams) this.#expire(underWay, over.signal);
    const response = await answer.finally(() => over.abort());
    const { status } = response;
    if (request.body !== undefined && status >= 400 && status < 500) this.#add(host, 1);
    return response;
  }

  #expire({ host, request, exchange, delay }: RequestUnderWay, signal: AbortSignal): void {
    const duration = DEAD_TIMEOUT + (request.extraTimeout ?? 0);
    delay(duration, { signal }).then(() => {
      this.#add(host, -1);
      const seconds = duration / 1_000;
      exchange.abort(
        new DeadConnectionError(new Error(`nothing came for ${seconds} seconds after a refusal`)),
      );
    }, () => {});
  }

  #add(host: string, more: number): void {
    const count = (this.#counts.get(host) ?? 0) + more;
    if (count > 0) this.#counts.set(host, count);
    else this.#counts.delete(host);
  }
}
