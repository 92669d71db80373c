import assert from "node:assert/strict";
import { test } from "node:test";
import type { ByteStream } from "../../lib/base/bytes.ts";
import { collectBytes } from "../../lib/base/collect.ts";

test("collectBytes() joins the chunks, up to the limit itself", async () => {
  async function* chunks(): ByteStream {
    yield await Promise.resolve(new Uint8Array([1, 2]));
    yield new Uint8Array([3]);
  }
  assert.deepEqual([...await collectBytes(chunks())], [1, 2, 3]);
  assert.deepEqual([...await collectBytes(chunks(), { limit: 3 })], [1, 2, 3]);
});

test("collectBytes() of nothing is empty", async () => {
  async function* nothing(): ByteStream {}
  assert.deepEqual(await collectBytes(nothing()), new Uint8Array());
});

test("collectBytes() ends an endless stream at its limit", async () => {
  let ended = false;
  async function* endless(): ByteStream {
    try {
      while (true) yield await Promise.resolve(new Uint8Array(1_000));
    } finally {
      ended = true;
    }
  }
  await assert.rejects(collectBytes(endless(), { limit: 4_500, what: "manifest" }), {
    name: "RangeError",
    message: "Cannot read manifest: it is longer than 4500 bytes",
  });
  assert.ok(ended);
});
