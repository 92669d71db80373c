import assert from "node:assert/strict";
import { test } from "node:test";
import type { Bytes, ByteStream } from "../../lib/base/bytes.ts";
import { collectBytes } from "../../lib/base/collect.ts";
import { fromReadable, toReadable } from "../../lib/base/readable.ts";

/** Ten chunks of one byte; counts what was asked for and tells when it was ended. */
function source(): { stream: ByteStream; state: { made: number; ended: boolean } } {
  const state = { made: 0, ended: false };
  async function* make(): ByteStream {
    try {
      for (let value = 0; value < 10; value++) {
        state.made++;
        yield await Promise.resolve(new Uint8Array([value]));
      }
    } finally {
      state.ended = true;
    }
  }
  return { stream: make(), state };
}

test("toReadable() and fromReadable() keep every byte", async () => {
  const bytes = await collectBytes(fromReadable(toReadable(source().stream)));
  assert.deepEqual([...bytes], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test("toReadable() reads nothing ahead", async () => {
  const { stream, state } = source();
  const reader = toReadable(stream).getReader();
  await Promise.resolve();
  assert.equal(state.made, 0);
  await reader.read();
  await Promise.resolve();
  assert.equal(state.made, 1);
  await reader.cancel();
});

test("toReadable() ends its source when it is cancelled", async () => {
  const { stream, state } = source();
  const reader = toReadable(stream).getReader();
  await reader.read();
  await reader.cancel();
  assert.ok(state.ended);
});

test("toReadable() fails with its source's error", async () => {
  const failure = new Error("broken");
  // deno-lint-ignore require-yield
  async function* fail(): ByteStream {
    await Promise.resolve();
    throw failure;
  }
  await assert.rejects(toReadable(fail()).getReader().read(), failure);
});

test("toReadable() takes an iterator that cannot be ended", async () => {
  const stream: ByteStream = {
    [Symbol.asyncIterator]: () => ({
      next: () => Promise.resolve({ done: false, value: new Uint8Array(1) }),
    }),
  };
  const reader = toReadable(stream).getReader();
  await reader.read();
  await reader.cancel();
});

test("fromReadable() cancels its source when the loop is left", async () => {
  const { stream, state } = source();
  for await (const _ of fromReadable(toReadable(stream))) break;
  assert.ok(state.ended);
});

test("fromReadable() fails with its source's error", async () => {
  const failure = new Error("broken");
  const readable = new ReadableStream<Bytes>({ pull: () => Promise.reject(failure) });
  await assert.rejects(collectBytes(fromReadable(readable)), failure);
});

test("fromReadable() rejects chunks that are not bytes, and cancels their source", async () => {
  let cancelled = false;
  const readable = new ReadableStream({
    pull: (controller) => controller.enqueue("text"),
    cancel: () => {
      cancelled = true;
    },
  });
  await assert.rejects(collectBytes(fromReadable(readable)), {
    name: "TypeError",
    message: "Cannot read a chunk of a stream: expected a Uint8Array, got string",
  });
  assert.ok(cancelled);
});

test("fromReadable() copies bytes that are shared between threads", async () => {
  const shared = new Uint8Array(new SharedArrayBuffer(2));
  shared.set([1, 2]);
  const readable = new ReadableStream<Uint8Array>({
    start(controller): void {
      controller.enqueue(shared);
      controller.close();
    },
  });
  const bytes = await collectBytes(fromReadable(readable));
  assert.ok(bytes.buffer instanceof ArrayBuffer);
  assert.deepEqual([...bytes], [1, 2]);
});
