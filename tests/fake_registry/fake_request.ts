/** What a server sees of a `fetch`: bodies with a known length carry it, streams do not. */

import type { Bytes, ByteStream } from "../../lib/base/bytes.ts";

/** A request as it arrives. */
export interface FakeRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  /** Bytes; undefined where the body is a stream. */
  readonly contentLength: number | undefined;
  readonly body: ByteStream;
  readonly signal: AbortSignal | undefined;
}

/** How a runtime is imitated. */
export interface RuntimeTraits {
  /** workerd ends the body cleanly when its stream throws before the request was aborted. */
  readonly endsBrokenBodies?: boolean | undefined;
  /** Chromium refuses stream bodies over HTTP/1.1. */
  readonly refusesStreams?: boolean | undefined;
}

/** Bytes that arrive at a time. */
const PACKET = 16_384;

/** Reads a call of `fetch`. */
export function toFakeRequest(url: string, init: RequestInit, traits: RuntimeTraits): FakeRequest {
  const { body } = init;
  if (body instanceof ReadableStream) {
    if (traits.refusesStreams) throw new TypeError("Failed to fetch");
    if ((init as { duplex?: string }).duplex !== "half") {
      throw new TypeError("RequestInit: duplex option is required when sending a body");
    }
  }
  if (init.redirect !== "manual" && init.redirect !== "follow") {
    throw new TypeError(`redirect must be said: got ${init.redirect}`);
  }
  const headers = new Headers(init.headers);
  if (body !== undefined && body !== null && !headers.has("content-type")) {
    throw new TypeError("a body without Content-Type");
  }
  const signal = init.signal ?? undefined;
  return {
    method: init.method ?? "GET",
    url: new URL(url),
    headers,
    contentLength: lengthOf(body),
    body: readBody(body, signal, traits),
    signal,
  };
}

/** The whole body of a small request as text. */
export async function readText(request: FakeRequest): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of request.body) text += decoder.decode(chunk, { stream: true });
  return text + decoder.decode();
}

function lengthOf(body: BodyInit | null | undefined): number | undefined {
  if (body === undefined || body === null) return 0;
  if (typeof body === "string") return new TextEncoder().encode(body).length;
  if (body instanceof Uint8Array) return body.length;
  if (body instanceof Blob) return body.size;
  if (body instanceof ReadableStream) return undefined;
  throw new TypeError("a body of an unexpected kind");
}

async function* readBody(
  body: BodyInit | null | undefined,
  signal: AbortSignal | undefined,
  traits: RuntimeTraits,
): ByteStream {
  if (body instanceof ReadableStream) return yield* readStream(body, signal, traits);
  const bytes = typeof body === "string"
    ? new TextEncoder().encode(body)
    : body instanceof Blob
    ? new Uint8Array(await body.arrayBuffer())
    : body as Bytes | undefined ?? new Uint8Array(0);
  for (let offset = 0; offset < bytes.length; offset += PACKET) {
    yield bytes.slice(offset, offset + PACKET);
  }
}

async function* readStream(
  stream: ReadableStream<Uint8Array>,
  signal: AbortSignal | undefined,
  traits: RuntimeTraits,
): ByteStream {
  const reader = stream.getReader();
  const abort = (): void => void reader.cancel(signal?.reason).catch(() => {});
  signal?.addEventListener("abort", abort, { once: true });
  try {
    while (true) {
      signal?.throwIfAborted();
      const { done, value } = await reader.read();
      signal?.throwIfAborted();
      if (done) return;
      yield new Uint8Array(value);
    }
  } catch (error) {
    if (!traits.endsBrokenBodies || signal?.aborted) throw error;
  } finally {
    signal?.removeEventListener("abort", abort);
    await reader.cancel().catch(() => {});
  }
}
