/** Connections on which a host may answer no more. */

import type { Delay } from "../registry_options.ts";
import { ConnectionError } from "./connection_error.ts";
import type { Exchange } from "./exchange.ts";

/** Milliseconds that an answer may take where the connection may be one of them. */
const PATIENCE = 3_000;

/** No answer on a connection that may be dead: a request that can be is sent again at once, on another one. */
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
 * Counts by host the connections on which a request with a body was refused. Artipie answers 400 and reads nothing more from such a
 * connection, but leaves it open, and the next request is sent on it. No `fetch` says on which connection a request goes, or closes one
 * that is whole; one whose request is aborted is closed.
 */
export class DoubtfulConnections {
  readonly #counts = new Map<string, number>();

  /** Waits for an answer; not for long where the connection may be dead, as often as there are such. */
  async watch(answer: Promise<Response>, underWay: RequestUnderWay): Promise<Response> {
    const { host, request } = underWay;
    const over = new AbortController();
    // What a stream sends is seen, and where it stops.
    if (this.#counts.has(host) && !request.streams) this.#expire(underWay, over.signal);
    const response = await answer.finally(() => over.abort());
    const { status } = response;
    if (request.body !== undefined && status >= 400 && status < 500) this.#add(host, 1);
    return response;
  }

  #expire({ host, request, exchange, delay }: RequestUnderWay, signal: AbortSignal): void {
    const duration = PATIENCE + (request.extraTimeout ?? 0);
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
