/** Requests to one engine: their time limits, the size limits of its answers, and the messages of failures. */

import { abortable } from "../base/abortable.ts";
import { abortableStream } from "../base/abortable_stream.ts";
import { parseBoundedJson } from "../base/bounded_json.ts";
import type { Bytes, ByteStream } from "../base/bytes.ts";
import { collectBytes } from "../base/collect.ts";
import { delay } from "../base/delay.ts";
import { printable } from "../base/printable.ts";
import { fromReadable } from "../base/readable.ts";
import { isJsonObject } from "../oci/json.ts";
import { ConnectionError } from "../registry/http/connection_error.ts";
import { Exchange } from "../registry/http/exchange.ts";
import { Pace } from "../registry/http/pace.ts";
import { streamBody } from "../registry/upload/stream_body.ts";
import type { Transfer } from "../storage/transfer.ts";
import type { EngineConnection, FindEngine } from "./engine_connection.ts";
import { EngineError } from "./engine_error.ts";

/** The most bytes of an answer. A list of ten thousand images has some 5 MiB. */
const LARGEST_ANSWER = 16 * 1024 * 1024;
/** The most bytes of the progress report of a load. */
const LARGEST_REPORT = 1024 * 1024;
/** The most characters of an engine's message that are shown. */
const LONGEST_MESSAGE = 500;

/** The default milliseconds that an answer may take. */
const DEFAULT_TIMEOUT = 60_000;
/** How many timeouts an engine may be silent before and within a stream: Podman first writes an export to its disk. */
const FOR_STREAM = 10;
/** How many timeouts an engine may take to unpack an archive, in which time it sends nothing: by default an hour. */
const FOR_LOADING = 60;

/** A request without its path. */
export type EngineRequest = Omit<RequestInit, "signal"> & { readonly duplex?: "half" };

/** Options of {@linkcode EngineRequests}. */
export interface EngineRequestsOptions {
  readonly find: FindEngine;
  readonly transfer: Transfer;
  /** Milliseconds that a short answer may take. @default {60000} */
  readonly timeout?: number | undefined;
}

/** Options of {@linkcode EngineRequests.ask}. */
export interface AskOptions {
  readonly signal?: AbortSignal | undefined;
  /** How many timeouts the answer may take. @default {1} */
  readonly timeouts?: number | undefined;
}

/** A short answer. */
export interface EngineAnswer {
  readonly headers: Headers;
  readonly bytes: Bytes;
}

/** Sends requests to one engine, which is searched for with the first one. */
export class EngineRequests {
  readonly #find: FindEngine;
  readonly #transfer: Transfer;
  readonly #timeout: number;
  #connection: Promise<EngineConnection> | undefined;

  constructor({ find, transfer, timeout = DEFAULT_TIMEOUT }: EngineRequestsOptions) {
    this.#find = find;
    this.#transfer = transfer;
    this.#timeout = timeout;
  }

  /**
   * Sends a request whose answer is short.
   *
   * @throws {EngineError} if the engine refuses.
   */
  async ask(
    path: string,
    init: EngineRequest,
    { signal, timeouts = 1 }: AskOptions = {},
  ): Promise<EngineAnswer> {
    const exchange = this.#exchange(signal, timeouts);
    exchange.expectShort();
    try {
      const response = await this.#request(path, init, exchange);
      return { headers: response.headers, bytes: await this.#collect(response, path, exchange) };
    } finally {
      exchange.close();
    }
  }

  /** The body of an answer, as it comes. */
  async *stream(path: string, signal: AbortSignal | undefined): ByteStream {
    const exchange = this.#exchange(signal, FOR_STREAM);
    exchange.resetTimer();
    const pace = new Pace({ timeout: FOR_STREAM * this.#timeout, now: Date.now });
    try {
      const response = await this.#request(path, {}, exchange);
      pace.startWaiting();
      for await (const chunk of this.#body(response, path, exchange)) {
        await this.#requirePace(pace, chunk.length, path);
        // The time that the reader takes does not count.
        exchange.pause();
        yield chunk;
        exchange.resetTimer();
        pace.startWaiting();
      }
    } finally {
      exchange.close();
    }
  }

  /** Sends an archive and reads the engine's report. */
  async send(path: string, archive: ByteStream, signal: AbortSignal | undefined): Promise<Bytes> {
    const exchange = this.#exchange(signal, FOR_STREAM);
    exchange.resetTimer();
    const unpacking = (FOR_LOADING - FOR_STREAM) * this.#timeout;
    try {
      const response = await this.#request(path, {
        method: "POST",
        headers: { "content-type": "application/x-tar" },
        body: streamBody(this.#counted(archive), exchange, unpacking),
        duplex: "half",
      }, exchange);
      return await collectBytes(this.#body(response, path, exchange), {
        limit: LARGEST_REPORT,
        what: "what the engine says of the archive",
      });
    } finally {
      exchange.close();
    }
  }

  /** The message of a failure at this engine. */
  async failure(action: string, reason: string): Promise<string> {
    const { address } = await (this.#connection ??= this.#find());
    return `Cannot ${action} at the engine "${address}": ${printable(reason, LONGEST_MESSAGE)}`;
  }

  #exchange(signal: AbortSignal | undefined, timeouts: number): Exchange {
    const timeout = timeouts * this.#timeout;
    const exchange = new Exchange({ timeout, delay, now: Date.now, signal });
    exchange.begin();
    return exchange;
  }

  async #request(path: string, init: EngineRequest, exchange: Exchange): Promise<Response> {
    const { url, fetch, address, from } = await (this.#connection ??= this.#find());
    const { signal } = exchange;
    this.#transfer.requests++;
    let response: Response;
    try {
      const fetched = fetch(`${url}${path}`, { redirect: "manual", ...init, signal });
      response = await abortable(fetched, signal);
    } catch (cause) {
      if (signal.aborted) throw await this.#ended(path, signal.reason);
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new Error(
        `Cannot reach the engine "${address}" (${from}): ${printable(reason, LONGEST_MESSAGE)}`,
        { cause },
      );
    }
    if (response.status >= 200 && response.status < 300) return response;
    const bytes = await this.#collect(response, path, exchange);
    const text = new TextDecoder().decode(bytes);
    const message = errorIn(text) ?? `it answered ${response.status}${plainText(response, text)}`;
    throw new EngineError(await this.failure(`ask for ${path}`, message), response.status);
  }

  #collect(response: Response, path: string, exchange: Exchange): Promise<Bytes> {
    return collectBytes(this.#body(response, path, exchange), {
      limit: LARGEST_ANSWER,
      what: `the engine's answer to ${path}`,
    });
  }

  async *#body(response: Response, path: string, { signal }: Exchange): ByteStream {
    if (response.body === null) return;
    try {
      for await (const chunk of abortableStream(fromReadable(response.body), signal)) {
        this.#transfer.bytesDownloaded += chunk.length;
        yield chunk;
      }
    } catch (error) {
      throw signal.aborted ? await this.#ended(path, signal.reason) : error;
    }
  }

  async #requirePace(pace: Pace, bytes: number, path: string): Promise<void> {
    try {
      pace.add(bytes);
    } catch (cause) {
      const message = await this.failure(`ask for ${path}`, (cause as Error).message);
      throw new Error(message, { cause });
    }
  }

  /** The error of an exchange that was ended: by a timeout, by the caller's signal, or by the archive that was to be sent. */
  async #ended(path: string, reason: unknown): Promise<unknown> {
    if (!(reason instanceof ConnectionError) || !(reason.cause instanceof Error)) return reason;
    const message = await this.failure(`ask for ${path}`, reason.cause.message);
    return new Error(message, { cause: reason.cause });
  }

  async *#counted(archive: ByteStream): ByteStream {
    for await (const chunk of archive) {
      yield chunk;
      this.#transfer.bytesUploaded += chunk.length;
    }
  }
}

/** The message of an answer that is no JSON, as from Docker's HTTP server itself: that it expects https, for instance. */
function plainText({ headers }: Response, text: string): string {
  return headers.get("content-type")?.startsWith("text/plain") && text.trim() !== ""
    ? `: ${text.trim()}`
    : "";
}

/** The error message in an answer or in a line of a report, if there is one. */
export function errorIn(line: string): string | undefined {
  try {
    const value = parseBoundedJson(line);
    if (!isJsonObject(value)) return undefined;
    const { error, message, cause } = value;
    return [error, message, cause].find((text): text is string => typeof text === "string");
  } catch {
    return undefined;
  }
}
