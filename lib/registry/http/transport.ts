/**
 * HTTP as registries need it: redirects, retries with back-off, limits on time and concurrency. It knows nothing of images, and of
 * credentials only the header, which is sent to its own origin only.
 */

import { abortable } from "../../base/abortable.ts";
import { delay } from "../../base/delay.ts";
import type { Fetch } from "../../base/fetch.ts";
import { createLimiters, type Limiter } from "../../base/limiter.ts";
import type { ByteBudget } from "../../storage/byte_budget.ts";
import { createTransfer, type Transfer } from "../../storage/transfer.ts";
import { Allowance } from "./allowance.ts";
import { BackOff, type Slot } from "./back_off.ts";
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

/** Valid values of `Authorization`. Runtimes would quote an invalid one, which is a secret, in their error. */
const HEADER_VALUE = /^[\x20-\x7e]*$/;

/** One request, which may take several attempts. */
export interface TransportRequest {
  /** What messages say is being done: `Cannot read manifest "1" of "ghcr.io/acme/app"`. */
  readonly action: string;
  readonly method: string;
  readonly url: URL;
  /** Headers that are sent to every origin. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Header that is sent to the URL's own origin only. */
  readonly authorization?: string | undefined;
  /** Makes the body; called for each attempt. */
  readonly body?: ((exchange: Exchange) => BodyInit) | undefined;
  /** Whether the body is a stream: such a request follows no redirects, and does not count towards the concurrency. */
  readonly streams?: boolean | undefined;
  /** Whether it may be sent again if the outcome is not known. @default {true} */
  readonly repeats?: boolean | undefined;
  /** Whether redirects to other origins are followed; otherwise they are returned as answers. @default {true} */
  readonly leavesOrigin?: boolean | undefined;
  /**
   * Further milliseconds of silence that are allowed once the body was sent.
   *
   * @default {0}
   */
  readonly extraTimeout?: number | undefined;
  /** Limits the total time of all attempts and the answer; for documents. */
  readonly allowance?: Allowance | undefined;
  /** Told of the host's first answer, whatever it is. A connection that fails before that is not tried again. */
  readonly onAnswer?: (() => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The answer to a request, after redirects. */
export interface Answer {
  readonly response: Response;
  /** The URL that answered. */
  readonly url: URL;
  /** Whether that has another origin than the request, or was reached through one. */
  readonly isForeign: boolean;
  /** Whether other requests were under way at the host. */
  readonly isShared: boolean;
  /** How often the request was sent. */
  readonly attempts: number;
  /** To read the body with `readBody`, or to cancel it with `dropBody`. */
  readonly exchange: Exchange;
}

/** Answers 429 that do not count as attempts, since many requests may be sent before a host is known to be overloaded. */
const MOST_UNCOUNTED = 6;
/** The same for a request with others at the same time. */
const MOST_SHARED = 20;

/** Sends requests. All registries share its limits, its back-off and its counters. */
export class Transport {
  readonly transfer: Transfer;
  /** Limits the bytes of all documents together. */
  readonly documents: ByteBudget | undefined;
  readonly backOff: BackOff;
  readonly now: () => number;
  readonly delay: Delay;
  readonly #fetch: Fetch;
  readonly #timeout: number;
  readonly #retries: number;
  readonly #retryFor: number | undefined;
  /** Limits concurrency for each host, so that a slow one does not delay the others. */
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

  /** Whether to try again after a number of failures, or, with `retryFor`, since a time. */
  mayRepeat(failures: number, start: number): boolean {
    return this.#retryFor === undefined
      ? failures < this.#retries
      : this.now() - start < this.#retryFor;
  }

  /** A new limit on the total time of a document. */
  createAllowance(): Allowance {
    return new Allowance(Math.max(this.#timeout, this.#retryFor ?? 0));
  }

  /** A new measure of a blob's speed. */
  createPace(): Pace {
    return new Pace({ timeout: this.#timeout, now: this.now });
  }

  /**
   * Sends a request, again until it is answered.
   *
   * @param consume Reads the answer. If the connection breaks meanwhile, the attempt has failed.
   * @throws {RegistryError} if no attempt was answered.
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
        // A request that got 429 was not executed, so it may be sent again whatever it is.
        const mayGoAgain = status === 429 && !request.streams && this.mayRepeat(attempt, start) &&
          uncounted < (isShared ? MOST_SHARED : MOST_UNCOUNTED);
        if (!isPassingStatus(status) || isLast(attempt) && !mayGoAgain) {
          return await consume(answer).catch((error) => {
            // `consume` may have failed before it read the body, which nobody else will read.
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

  /** Sends a request, and follows its redirects. */
  async #follow(request: TransportRequest): Promise<Omit<Answer, "attempts">> {
    let hop: Hop = { url: request.url, method: request.method, keepsBody: true };
    let isForeign = false;
    for (let hops = 0;; hops++) {
      const { url } = hop;
      // Also if it leads back, since another origin has chosen the path (Fetch standard, HTTP-redirect fetch).
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
        // A given `fetch` may ignore its signal.
        const answer = abortable(fetched, exchange.signal);
        const { delay } = this;
        return await this.#doubtful.watch(answer, { host: url.host, request, exchange, delay });
      } catch (error) {
        throw exchange.failure(error);
      }
    };
    let slot: Slot | undefined;
    let status: number | undefined;
    try {
      // A streamed upload takes no slot: its source may be a download that waits for one.
      if (request.streams) await this.backOff.wait(url.host, exchange.signal);
      else slot = await this.backOff.acquire(url.host, exchange.signal);
      const response = await (request.streams ? call() : this.#limit(url.host)(call));
      status = response.status;
      exchange.pause();
      request.onAnswer?.();
      return { response, isShared: slot?.isShared ?? false };
    } catch (error) {
      exchange.close();
      if (error instanceof ConnectionError) error.origin = url.origin;
      throw error;
    } finally {
      slot?.release(status);
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
    // Waits that the host asks for do not count towards the document's time.
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
