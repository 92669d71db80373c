/** Reads the streams of other programs: web streams, iterables, and old streams of Node. */

import type { Bytes, ByteStream } from "./bytes.ts";
import { fromReadable } from "./readable.ts";

/**
 * A stream that gives its chunks by events and cannot be iterated, such as those of Node 0.8 and of the package `request`. It must not have
 * started to flow.
 */
export interface OldStream {
  /** Adds a listener for `data`, `end`, `error` or `close`. */
  // deno-lint-ignore no-explicit-any -- the events' own types are the stream's.
  on(event: string, listener: (...values: any[]) => void): unknown;
  /** Distinguishes a stream from other event emitters; it is not called. */
  pipe(destination: never): unknown;
  /** Pauses the stream; those of Node 0.8 may go on. */
  pause?(): unknown;
  /** Resumes the stream. */
  resume?(): unknown;
  /** Ends it. */
  destroy?(): unknown;
}

/** A stream of any kind. Text becomes UTF-8. */
export type ForeignStream =
  | ReadableStream<Uint8Array>
  | AsyncIterable<Uint8Array | string>
  | OldStream;

/**
 * Reads a stream of any kind. A stream of Node gets its listeners at once, so that no chunk is lost, and that an early failure does not end
 * the program.
 *
 * @param what What messages call it: `the blob`.
 * @throws {TypeError} if it is no stream; while reading, if a chunk is neither bytes nor text.
 */
export function fromForeignStream(stream: ForeignStream, what: string): ByteStream {
  const given: unknown = stream;
  if (given instanceof ReadableStream) return fromReadable(given);
  if (isIterable(given)) {
    if (isOldStream(given)) given.on("error", () => {});
    return toBytes(given, what);
  }
  if (isOldStream(given)) return toBytes(listen(given, what), what);
  throw new TypeError(
    `Cannot read ${what}: expected bytes, text or a stream, got ${
      given === null ? "null" : typeof given
    }`,
  );
}

function isIterable(given: unknown): given is AsyncIterable<unknown> {
  return typeof given === "object" && given !== null && Symbol.asyncIterator in given;
}

function isOldStream(given: unknown): given is OldStream {
  if (typeof given !== "object" && typeof given !== "function" || given === null) return false;
  const { on, pipe } = given as Partial<OldStream>;
  return typeof on === "function" && typeof pipe === "function";
}

async function* toBytes(chunks: AsyncIterable<unknown>, what: string): ByteStream {
  const encoder = new TextEncoder();
  for await (const chunk of chunks) {
    if (typeof chunk === "string") yield encoder.encode(chunk);
    else if (chunk instanceof Uint8Array) yield chunk as Bytes;
    else {
      throw new TypeError(
        `Cannot read a chunk of ${what}: expected bytes or text, got ${typeof chunk}`,
      );
    }
  }
}

/** The events of an old stream that were not handled yet. */
interface Told {
  readonly chunks: unknown[];
  state: "open" | "ended" | { readonly error: unknown };
  /** Called when there is something new. */
  wake: () => void;
}

function listen(stream: OldStream, what: string): AsyncIterable<unknown> {
  const told: Told = { chunks: [], state: "open", wake: () => {} };
  function settle(state: Told["state"]): void {
    if (told.state === "open") told.state = state;
    told.wake();
  }
  stream.on("data", (chunk: unknown) => {
    told.chunks.push(chunk);
    stream.pause?.();
    told.wake();
  });
  stream.on("end", () => settle("ended"));
  stream.on("error", (error: unknown) => settle({ error }));
  for (const event of ["close", "abort"]) {
    stream.on(
      event,
      () =>
        settle({ error: new Error(`Cannot read ${what}: the stream was closed before its end`) }),
    );
  }
  return takeTold(stream, told);
}

async function* takeTold(stream: OldStream, told: Told): AsyncGenerator<unknown> {
  try {
    while (true) {
      while (told.chunks.length > 0) yield told.chunks.shift();
      if (told.state === "ended") return;
      if (told.state !== "open") throw told.state.error;
      const news = new Promise<void>((resolve) => told.wake = resolve);
      stream.resume?.();
      await news;
    }
  } finally {
    if (told.state === "open") stream.destroy?.();
  }
}
