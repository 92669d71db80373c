/** Converts between async iterables and web streams. */

import type { Bytes, ByteStream } from "./bytes.ts";

/**
 * Wraps a stream as a `ReadableStream` that reads no chunk ahead. Cancelling it ends the stream; with a pending read, a generator ends when
 * that read is settled.
 */
export function toReadable(stream: ByteStream): ReadableStream<Bytes> {
  const iterator = stream[Symbol.asyncIterator]();
  return new ReadableStream<Bytes>({
    async pull(controller): Promise<void> {
      const { done, value } = await iterator.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    async cancel(reason): Promise<void> {
      await iterator.return?.(reason);
    },
  }, { highWaterMark: 0 });
}

/**
 * Reads a `ReadableStream` as an iterable. Ending the iteration early cancels it, so that its producer stops.
 *
 * @throws {TypeError} while reading, if a chunk is anything but a `Uint8Array`.
 */
export async function* fromReadable(readable: ReadableStream<Uint8Array>): ByteStream {
  const reader = readable.getReader();
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      yield ownBytes(read.value);
    }
  } finally {
    // Has no effect on an ended stream; the error of a failed one was thrown already.
    await reader.cancel().catch(() => {});
    reader.releaseLock();
  }
}

/** Copies bytes only if they are shared between threads, which `fetch` and Web Crypto refuse. */
function ownBytes(chunk: unknown): Bytes {
  if (!(chunk instanceof Uint8Array)) {
    throw new TypeError(
      `Cannot read a chunk of a stream: expected a Uint8Array, got ${typeof chunk}`,
    );
  }
  return chunk.buffer instanceof ArrayBuffer ? chunk as Bytes : new Uint8Array(chunk);
}
