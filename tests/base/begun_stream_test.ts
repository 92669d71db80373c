import assert from "node:assert/strict";
import { test } from "node:test";
import { begunStream } from "../../lib/base/begun_stream.ts";
import type { ByteStream } from "../../lib/base/bytes.ts";
import { collectBytes } from "../../lib/base/collect.ts";

test("begunStream() gives the whole stream, and ends it", async () => {
  let ended = 0;
  async function* source(): ByteStream {
    try {
      yield await Promise.resolve(Uint8Array.of(1));
      yield Uint8Array.of(2);
    } finally {
      ended++;
    }
  }
  assert.deepEqual(await collectBytes(await begunStream(source())), Uint8Array.of(1, 2));
  const iterator = (await begunStream(source()))[Symbol.asyncIterator]();
  assert.equal(ended, 1);
  await iterator.return?.();
  assert.equal(ended, 2);
});

test("begunStream() fails where a stream does not begin", async () => {
  async function* source(): ByteStream {
    await Promise.reject(new Error("not there"));
    yield Uint8Array.of(1);
  }
  await assert.rejects(begunStream(source()), /not there/);
});

test("begunStream() gives an empty stream as one", async () => {
  async function* source(): ByteStream {}
  assert.equal((await collectBytes(await begunStream(source()))).length, 0);
});
