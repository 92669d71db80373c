/**
 * A `fetch` with options that web `fetch` does not have: certificates, and proxies on runtimes that ignore them. It uses `node:https`,
 * which Deno, Bun and Node all have.
 */

import { onAbort } from "../../base/on_abort.ts";
import type { ClientRequest, IncomingMessage } from "node:http";
import type { Fetch } from "../../base/fetch.ts";
import { type Bytes, type ByteStream, oneChunk } from "../../base/bytes.ts";
import { fromReadable, toReadable } from "../../base/readable.ts";
import { type ConnectionsOptions, createConnections } from "./connections.ts";
import { errorCode } from "../system_error.ts";

/** What `fetch` says of itself (Fetch standard, HTTP-network-or-cache fetch): many firewalls of the web refuse requests that lack it. */
const USUAL = { accept: "*/*", "user-agent": "appendlayer" };

/**
 * Makes a `fetch`. It streams in both directions with back-pressure, checks a body against its `Content-Length` if it has one, and follows
 * no redirects. Like `fetch` it rejects with a `TypeError` if the network fails, and with the signal's reason.
 */
export function createTlsFetch(options: ConnectionsOptions = {}): Fetch {
  let start: ReturnType<typeof createConnections> | undefined;
  return async (url, init) => {
    start ??= createConnections(options);
    const signal = init.signal ?? undefined;
    signal?.throwIfAborted();
    const method = init.method ?? "GET";
    const headers = new Headers({ ...USUAL, ...Object.fromEntries(new Headers(init.headers)) });
    const body = readBody(init.body ?? undefined, headers);
    // Without it, some runtimes send a body of unknown length although there is none.
    if (body === undefined && method !== "GET" && method !== "HEAD") {
      headers.set("content-length", "0");
    }
    const request = start(new URL(url), {
      method,
      headers: Object.fromEntries(headers),
      tunnelSignal: signal,
    });
    try {
      const response = await exchange(request, body, headers.get("content-length"), signal);
      return toResponse(response, url, method, signal);
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      throw errorCode(error) === undefined ? error : networkError(error as Error);
    }
  };
}

function networkError(cause: Error): TypeError {
  const code = errorCode(cause) ?? "";
  const error = new TypeError(`fetch failed: ${cause.message || code}`, { cause });
  return Object.assign(error, { code });
}

/** A request's body as a stream. Adds the headers that web `fetch` would add. */
function readBody(body: BodyInit | undefined, headers: Headers): ByteStream | undefined {
  const describe = (type: string, size?: number): void => {
    if (type !== "" && !headers.has("content-type")) headers.set("content-type", type);
    if (size !== undefined) headers.set("content-length", String(size));
  };
  if (body === undefined) return undefined;
  if (typeof body === "string" || body instanceof URLSearchParams) {
    const bytes = new TextEncoder().encode(String(body));
    describe(
      typeof body === "string"
        ? "text/plain;charset=UTF-8"
        : "application/x-www-form-urlencoded;charset=UTF-8",
      bytes.length,
    );
    return oneChunk(bytes);
  }
  if (body instanceof Blob) {
    describe(body.type, body.size);
    return fromReadable(body.stream());
  }
  if (body instanceof ReadableStream) return fromReadable(body);
  if (ArrayBuffer.isView(body) || body instanceof ArrayBuffer) {
    const bytes = ArrayBuffer.isView(body)
      ? new Uint8Array(body.buffer as ArrayBuffer, body.byteOffset, body.byteLength)
      : new Uint8Array(body);
    describe("", bytes.length);
    return oneChunk(bytes);
  }
  throw new TypeError(
    "Cannot send a form with this fetch: expected bytes, a text, a Blob or a stream",
  );
}

/** Sends the body, and waits for the head of the answer, which may come first. */
function exchange(
  request: ClientRequest,
  body: ByteStream | undefined,
  declared: string | null,
  signal: AbortSignal | undefined,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    let answered = false;
    const abort = (): void => {
      request.destroy(signal?.reason);
      // Before it has a connection, it tells nobody that it is destroyed.
      reject(signal?.reason);
    };
    request.on("close", onAbort(signal, abort));
    request.on("error", reject);
    // Without this listener, the promise stays pending on some runtimes if the server or proxy closes the connection early.
    request.on(
      "close",
      () => reject(Object.assign(new Error("connection closed"), { code: "ECONNRESET" })),
    );
    request.on("response", (response: IncomingMessage) => {
      answered = true;
      // After half a body, the connection cannot be used for another request.
      response.on("end", () => void (request.writableEnded || request.destroy()));
      resolve(response);
    });
    const isUnwanted = (): boolean => answered || request.destroyed;
    send(request, body, declared, isUnwanted).catch((error) => {
      // Destroyed before anything is thrown: a request that ends cleanly would store a truncated blob.
      request.destroy(error);
      reject(error);
    });
  });
}

async function send(
  request: ClientRequest,
  body: ByteStream | undefined,
  declared: string | null,
  isUnwanted: () => boolean,
): Promise<void> {
  if (body === undefined) return void request.end();
  let sent = 0;
  for await (const chunk of body) {
    // An answer before the end of the body is a refusal: the producer stops, and the connection is not reused.
    if (isUnwanted()) return;
    sent += chunk.length;
    if (declared !== null && sent > Number(declared)) break;
    await write(request, chunk);
  }
  if (declared !== null && sent !== Number(declared)) {
    throw new TypeError(
      `Cannot send the body: it is not of the ${declared} bytes that were declared`,
    );
  }
  request.end();
}

/** Writes a chunk. Settles when there is room for more, or the request is answered or over. */
function write(request: ClientRequest, chunk: Bytes): Promise<void> {
  return new Promise((resolve) => {
    const events = ["drain", "response", "close"] as const;
    const finish = (): void => {
      for (const event of events) request.off(event, finish);
      resolve();
    };
    if (request.destroyed || request.write(chunk)) return resolve();
    for (const event of events) request.on(event, finish);
  });
}

/** Bytes of an unread answer up to which it is read to its end, which is faster than a new connection. */
const MOST_DROPPED = 65_536;

/** Milliseconds that this may take. */
const LONGEST_DROP = 1_000;

/** Statuses whose responses have no body (Fetch Standard, null body status). */
const NO_BODY: ReadonlySet<number> = new Set([204, 205, 304]);

function toResponse(
  message: IncomingMessage,
  url: string,
  method: string,
  signal: AbortSignal | undefined,
): Response {
  const headers = new Headers();
  for (let at = 0; at + 1 < message.rawHeaders.length; at += 2) {
    headers.append(message.rawHeaders[at] ?? "", message.rawHeaders[at + 1] ?? "");
  }
  const status = message.statusCode ?? 0;
  const hasBody = method !== "HEAD" && !NO_BODY.has(status);
  // Read to its end, so that the connection can be reused.
  if (!hasBody) resume(message);
  const response = new Response(hasBody ? toReadable(readMessage(message, signal)) : null, {
    // It takes no others, though servers send them. Nor is the reason phrase given, which it may refuse.
    status: status < 200 || status > 599 ? 500 : status,
    headers,
  });
  return Object.defineProperties(response, { url: { value: url }, status: { value: status } });
}

/** Reads an answer. Not a generator, which would leave the connection open if it is ended before its first read. */
function readMessage(message: IncomingMessage, signal: AbortSignal | undefined): ByteStream {
  const chunks = readChunks(message, signal);
  let isBegun = false;
  const whole: AsyncIterator<Bytes> = {
    next(): Promise<IteratorResult<Bytes>> {
      isBegun = true;
      return chunks.next();
    },
    async return(): Promise<IteratorResult<Bytes>> {
      if (!isBegun) drop(message);
      return await chunks.return();
    },
  };
  return { [Symbol.asyncIterator]: () => whole };
}

/** Drops an unread answer. A small one is read to its end, so that the connection can be reused. */
function drop(message: IncomingMessage): void {
  if (Number(message.headers["content-length"]) <= MOST_DROPPED) resume(message);
  else message.destroy();
}

/** Reads an answer to its end, unless that takes too long. */
function resume(message: IncomingMessage): void {
  const timer = setTimeout(() => message.destroy(), LONGEST_DROP);
  message.once("close", () => clearTimeout(timer));
  message.resume();
}

async function* readChunks(
  message: IncomingMessage,
  signal: AbortSignal | undefined,
): AsyncGenerator<Bytes, void, undefined> {
  const abort = (): void => void message.destroy(signal?.reason);
  const stopListening = onAbort(signal, abort);
  try {
    for await (const chunk of message) yield chunk;
    if (!message.complete) {
      throw Object.assign(new Error("connection closed"), { code: "ECONNRESET" });
    }
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    throw networkError(error as Error);
  } finally {
    stopListening();
  }
}
