import assert from "node:assert/strict";
import { test } from "node:test";
import { abortableStream } from "../../lib/base/abortable_stream.ts";

async function* numbers(onEnd: () => void = () => {}): AsyncGenerator<number> {
  try {
    for (let number = 0;; number++) yield await Promise.resolve(number);
  } finally {
    onEnd();
  }
}

test("abortableStream() passes everything on, with and without a signal", async () => {
  for (const signal of [undefined, new AbortController().signal]) {
    const seen: number[] = [];
    for await (const number of abortableStream(numbers(), signal)) {
      seen.push(number);
      if (number === 3) break;
    }
    assert.deepEqual(seen, [0, 1, 2, 3]);
  }
});

test("abortableStream() that is ended early ends its source", async () => {
  let ended = false;
  for await (const _ of abortableStream(numbers(() => ended = true), undefined)) break;
  assert.ok(ended);
});

test("abortableStream() ends with its source, and with its source's error", async () => {
  async function* failing(): AsyncGenerator<number> {
    yield await Promise.resolve(1);
    throw new Error("broken");
  }
  await assert.rejects(async () => {
    for await (const _ of abortableStream(failing(), new AbortController().signal));
  }, /broken/);
  async function* short(): AsyncGenerator<number> {
    yield await Promise.resolve(1);
  }
  for await (const number of abortableStream(short(), undefined)) assert.equal(number, 1);
});

test("abortableStream() stops at once where the source is stuck", async () => {
  const controller = new AbortController();
  async function* stuck(): AsyncGenerator<number> {
    yield 1;
    await new Promise(() => {});
  }
  await assert.rejects(async () => {
    for await (const _ of abortableStream(stuck(), controller.signal)) {
      queueMicrotask(() => controller.abort(new Error("enough")));
    }
  }, /enough/);
});

test("abortableStream() does not begin where the signal was aborted before", async () => {
  const signal = AbortSignal.abort(new Error("early"));
  await assert.rejects(async () => {
    for await (const _ of abortableStream(numbers(), signal)) assert.fail("read");
  }, /early/);
});
