/**
 * HTTP as registries need it: own redirects, retries with back-off, limits on time and number. It knows nothing of images, and
 * credentials only as one header that stays with its origin.
 */

import { abortable } from "../../base/abortable.ts";
import { delay } from "../../base/delay.ts";
import type { Fetch } from "../../base/fetch.ts";
import { createLimiters, type Limiter } from "../../base/limiter.ts";
import type { ByteBudget } from "../../storage/byte_budget.ts";
import { createTransfer, type Transfer } from "../../storage/transfer.ts";
import { Allowance } from "./allowance.ts";
import { BackOff, type Turn } from "./back_off.ts";
import { ConnectionError } from "./connection_error.ts";
import { DeadConnectionError, DoubtfulConnections } from "./doubtful_connections.ts";
import { EncodingError, IDENTITY } from "./encoding.ts";
import { Exchange } from "./exchange.ts";
import { describeFailure, isCertificateError, isPassingStatus } from "./failure.ts";
import { isSameOrigin } from "./origin.ts";
import { Pace } from "./pace.ts";
import { fetchVisibly, type Hop, isRedirect, MAX_REDIRECTS, nextHop } from "./redirect.ts";
import { redactUrl } from "./redact.ts";
import { RegistryError } from "./registry_error.ts";
import type { Delay, RegistryOptions } from "../registry_options.ts";
import { dropBody } from "./response_body.ts";
import { Waits } from "./waits.ts";

/** What `Authorization` may hold here. Runtimes quote a value that they refuse, and it is a secret. */
const HEADER_VALUE = /^[\x20-\x7e]*$/;

/** One request, which may take several attempts. */
export interface TransportRequest {
  /** What messages say is being done: `Cannot read manifest "1" of "ghcr.io/acme/app"`. */
  readonly action: string;
  readonly method: string;
  readonly url: URL;
  /** Sent wherever the request goes. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Sent to the URL's own origin only. */
  readonly authorization?: string | undefined;
  /** Makes the body, anew for each attempt. */
  readonly body?: ((exchange: Exchange) => BodyInit) | undefined;
  /** Whether the body is a stream: such a request follows no redirects and does not count among those that wait. */
  readonly streams?: boolean | undefined;
  /** Whether it may be sent again when it is not known what became of it. @default {true} */
  readonly repeats?: boolean | undefined;
  /** Whether redirects may leave the origin; one that may not is an answer like any other. @default {true} */
  readonly leavesOrigin?: boolean | undefined;
  /**
   * Further milliseconds that the other side may be silent once it has been sent everything that can be seen to be sent.
   *
   * @default {0}
   */
  readonly extraTimeout?: number | undefined;
  /** The time that it may take in all, with its attempts and its answer; for documents. */
  readonly allowance?: Allowance | undefined;
  /** Told that the host has answered, whatever. A connection that fails before that is not tried again. */
  readonly onAnswer?: (() => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The answer of the last hop. */
export interface Answer {
  readonly response: Response;
  /** Where it came from, after redirects. */
  readonly url: URL;
  /** Whether that is another origin than the one that was asked. */
  readonly isForeign: boolean;
  /** Whether other requests were under way at the host. */
  readonly isShared: boolean;
  /** How often the request was sent. */
  readonly attempts: number;
  /** Read the body with `readBody`, or let go of it with `dropBody`. */
  readonly exchange: Exchange;
}

/** Answers 429 that are not counted as attempts: a host that counts requests is asked by many at once before it is known to. */
const MOST_UNCOUNTED = 6;
/** The same for a request that others were beside. */
const MOST_SHARED = 20;

/** What several registries share: the limits, the back-off, the counters. */
export class Transport {
  readonly transfer: Transfer;
  /** What documents may take together. */
  readonly documents: ByteBudget | undefined;
  readonly backOff: BackOff;
  readonly now: () => number;
  readonly delay: Delay;
  readonly #fetch: Fetch;
  readonly #timeout: number;
  readonly #retries: number;
  readonly #retryFor: number | undefined;
  /** By host: one that is slow keeps no other waiting. */
  readonly #limit: (host: string) => Limiter;
  readonly #waits: Waits;
  readonly #doubtful = new DoubtfulConnections();

  constructor(options: RegistryOptions) {
    const { random = Math.random, now = Date.now } = options;
    this.documents = options.documents;
    this.transfer = options.transfer ?? createTransfer();
    this.#retries = options.retries ?? 4;
    this.#retryFor = options.retryFor;
    this.now = now;
    this.delay = options.delay ?? delay;
    this.backOff = new BackOff({ random, now, delay: this.delay });
    this.#fetch = options.fetch ?? ((url, init) => fetch(url, init));
    this.#timeout = options.timeout ?? 60_000;
    this.#limit = createLimiters(options.concurrency ?? 8);
    this.#waits = new Waits(options.onWait);
  }

  /** Whether something that has failed is tried again. */
  mayRepeat(failures: number, start: number): boolean {
    return this.#retryFor === undefined
      ? failures < this.#retries
      : this.now() - start < this.#retryFor;
  }

  /** The time that a document may take. */
  createAllowance(): Allowance {
    return new Allowance(Math.max(this.#timeout, this.#retryFor ?? 0));
  }

  /** A measure of how fast a blob comes. */
  createPace(): Pace {
    return new Pace({ timeout: this.#timeout, now: this.now });
  }

  /**
   * Sends a request until it is answered.
   *
   * @param consume Reads the answer. A connection that breaks meanwhile counts as a failed attempt.
   * @throws {RegistryError} if no attempt brought an answer.
   */
  async send<T>(request: TransportRequest, consume: (answer: Answer) => Promise<T>): Promise<T> {
    const start = this.now();
    const isLast = (attempt: number): boolean =>
      request.repeats === false || !this.mayRepeat(attempt, start);
    let isTrial = request.onAnswer !== undefined;
    let uncounted = 0;
    for (let attempt = 0;; attempt++) {
      try {
        const answer = { ...await this.#follow(request), attempts: attempt + uncounted + 1 };
        isTrial = false;
        const { response, exchange, isShared } = answer;
        const { status } = response;
        // It was not looked at, so that nothing can have come of it.
        const mayGoAgain = status === 429 && !request.streams && this.mayRepeat(attempt, start) &&
          uncounted < (isShared ? MOST_SHARED : MOST_UNCOUNTED);
        if (!isPassingStatus(status) || isLast(attempt) && !mayGoAgain) {
          return await consume(answer).catch((error) => {
            // Whoever fails on an answer may not have come to its body; nobody else will.
            exchange.close();
            if (!(error instanceof EncodingError)) throw error;
            throw refusal(request, error, status);
          });
        }
        await dropBody(response, exchange);
        await this.#wait(request, attempt + Math.min(uncounted, 3), response);
        if (mayGoAgain) {
          uncounted++;
          attempt--;
        }
      } catch (error) {
        if (!(error instanceof ConnectionError)) throw error;
        if (error instanceof DeadConnectionError && request.repeats !== false) {
          attempt--;
          continue;
        }
        if (isTrial || isLast(attempt) || request.allowance?.isSpent || isCertificateError(error)) {
          throw this.#noAnswer(request, attempt, error);
        }
        await this.#wait(request, attempt);
      }
    }
  }

  /** Takes a request through its redirects. */
  async #follow(request: TransportRequest): Promise<Omit<Answer, "attempts">> {
    let hop: Hop = { url: request.url, method: request.method, keepsBody: true };
    let isForeign = false;
    for (let hops = 0;; hops++) {
      const { url } = hop;
      // Also where it leads back, since another origin has chosen the path (Fetch standard, HTTP-redirect fetch).
      isForeign ||= !isSameOrigin(url, request.url);
      const exchange = this.#exchange(request, url.host);
      const { response, isShared } = await this.#fetchOnce(request, hop, isForeign, exchange);
      const answer = { response, url, isForeign, isShared, exchange };
      if (!isRedirect(response.status) || request.streams) return answer;
      try {
        if (hops === MAX_REDIRECTS) throw new TypeError(`more than ${MAX_REDIRECTS} redirects`);
        hop = nextHop(response.status, response.headers.get("location"), url, hop.method);
      } catch (cause) {
        await dropBody(response, exchange);
        throw refusal(request, cause);
      }
      if (request.leavesOrigin === false && !isSameOrigin(hop.url, request.url)) return answer;
      await dropBody(response, exchange);
    }
  }

  async #fetchOnce(
    request: TransportRequest,
    { url, method, keepsBody }: Hop,
    isForeign: boolean,
    exchange: Exchange,
  ): Promise<{ readonly response: Response; readonly isShared: boolean }> {
    const headers: Record<string, string> = { ...IDENTITY, ...request.headers };
    if (request.authorization !== undefined && !isForeign) {
      if (!HEADER_VALUE.test(request.authorization)) {
        exchange.close();
        throw refusal(
          request,
          new TypeError("the credential has a character that no header may hold"),
        );
      }
      headers["Authorization"] = request.authorization;
    }
    const call = async (): Promise<Response> => {
      exchange.signal.throwIfAborted();
      exchange.begin();
      const body = keepsBody ? request.body?.(exchange) : undefined;
      this.transfer.requests++;
      exchange.resetTimer(body instanceof ReadableStream ? 0 : request.extraTimeout);
      try {
        const fetched = fetchVisibly(this.#fetch, url, {
          method,
          headers,
          redirect: "manual",
          signal: exchange.signal,
          ...(body === undefined ? {} : { body }),
          ...(body instanceof ReadableStream ? { duplex: "half" } : {}),
        });
        // Not every `fetch` that is given heeds its signal.
        const answer = abortable(fetched, exchange.signal);
        const { delay } = this;
        return await this.#doubtful.watch(answer, { host: url.host, request, exchange, delay });
      } catch (error) {
        throw exchange.failure(error);
      }
    };
    let turn: Turn | undefined;
    let status: number | undefined;
    try {
      // An upload that streams may wait for a download that waits for its turn: it must not keep others waiting.
      if (request.streams) await this.backOff.wait(url.host, exchange.signal);
      else turn = await this.backOff.turn(url.host, exchange.signal);
      const response = await (request.streams ? call() : this.#limit(url.host)(call));
      status = response.status;
      exchange.pause();
      request.onAnswer?.();
      return { response, isShared: turn?.isShared ?? false };
    } catch (error) {
      exchange.close();
      if (error instanceof ConnectionError) error.origin = url.origin;
      throw error;
    } finally {
      turn?.end(status);
    }
  }

  #exchange({ signal, allowance }: TransportRequest, host: string): Exchange {
    const { delay, now } = this;
    const onWait = (isWaiting: boolean): void => this.#waits.count(host, isWaiting);
    return new Exchange({ timeout: this.#timeout, delay, now, signal, allowance, onWait });
  }

  async #wait(request: TransportRequest, attempt: number, response?: Response): Promise<void> {
    let duration: number;
    try {
      duration = this.backOff.after(attempt, request.url.host, response);
    } catch (cause) {
      throw refusal(request, cause, response?.status);
    }
    // What the host asks for is not the document's fault.
    if (response?.status !== 429 && response?.status !== 503) request.allowance?.spend(duration);
    await this.#waits.during(request.url.host, this.delay(duration, { signal: request.signal }));
  }

  #noAnswer(request: TransportRequest, attempt: number, error: ConnectionError): RegistryError {
    const { cause, origin = request.url.origin } = error;
    const { action, method } = request;
    const url = redactUrl(request.url);
    const times = attempt === 0 ? "" : ` after ${attempt + 1} attempts`;
    const message = `${action}: no answer from ${origin}${times}: ${describeFailure(cause)}`;
    return new RegistryError(message, { method, url, cause });
  }
}

function refusal(request: TransportRequest, cause: unknown, status?: number): RegistryError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const answered = status === undefined ? "" : `registry answered ${status}: `;
  const { action, method } = request;
  const url = redactUrl(request.url);
  return new RegistryError(`${action}: ${answered}${reason}`, { method, url, status, cause });
}
