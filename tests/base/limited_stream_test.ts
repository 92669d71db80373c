import assert from "node:assert/strict";
import { test } from "node:test";
import type { ByteStream } from "../../lib/base/bytes.ts";
import { collectBytes } from "../../lib/base/collect.ts";
import { limitedStream } from "../../lib/base/limited_stream.ts";
import { createLimiter } from "../../lib/base/limiter.ts";

test("limitedStream() opens no more streams at a time than may be, and all in the end", async () => {
  let open = 0;
  let most = 0;
  async function* stream(): ByteStream {
    most = Math.max(most, ++open);
    yield await Promise.resolve(Uint8Array.of(1));
    open--;
  }
  const limit = createLimiter(2);
  const streams = Array.from({ length: 7 }, () => collectBytes(limitedStream(limit, stream)));
  assert.deepEqual(await Promise.all(streams), Array(7).fill(Uint8Array.of(1)));
  assert.equal(most, 2);
});

test("limitedStream() gives its place back when it is ended early or fails", async () => {
  const limit = createLimiter(1);
  async function* endless(): ByteStream {
    while (true) yield await Promise.resolve(Uint8Array.of(1));
  }
  async function* failing(): ByteStream {
    yield await Promise.reject(new Error("broken"));
  }
  for await (const _chunk of limitedStream(limit, endless)) break;
  await assert.rejects(collectBytes(limitedStream(limit, failing)), /broken/);
  for await (const chunk of limitedStream(limit, endless)) {
    assert.deepEqual(chunk, Uint8Array.of(1));
    break;
  }
});
