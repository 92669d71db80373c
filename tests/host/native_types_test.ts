import assert from "node:assert/strict";
import type { Readable } from "node:stream";
import { test } from "node:test";
import type { ByteStream } from "../../lib/base/bytes.ts";
import { toNativeStream } from "../../lib/host/native_types.ts";

test("a native stream that is destroyed tells the caller's error, and ends its source", async () => {
  const log: string[] = [];
  /** A stage of a generator that cannot be thrown into. */
  const stage: ByteStream = {
    [Symbol.asyncIterator]: () => ({
      next: () => Promise.resolve({ done: false, value: new Uint8Array(5) }),
      return: () => {
        log.push("ended");
        return Promise.resolve({ done: true, value: undefined });
      },
    }),
  };
  async function* source(): ByteStream {
    yield* stage;
  }
  const stream = toNativeStream(source()) as unknown as Readable;
  const error = new Error("mine");
  const told = await new Promise((resolve) => {
    stream.on("error", resolve);
    stream.once("data", () => stream.destroy(error));
  });
  assert.equal(told, error);
  assert.deepEqual(log, ["ended"]);
});
