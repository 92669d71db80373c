import { test } from "node:test";
import assert from "node:assert/strict";
import type { Bytes, ByteStream } from "../../lib/base/bytes.ts";
import { collectBytes } from "../../lib/base/collect.ts";
import { countBytes } from "../../lib/base/count_bytes.ts";

async function* chunks(...sizes: readonly number[]): ByteStream {
  for (const size of sizes) yield await Promise.resolve(new Uint8Array(size).fill(size));
}

test("countBytes() passes every chunk on and tells how many bytes there were up to it", async () => {
  const told: [number, Bytes][] = [];
  const bytes = await collectBytes(
    countBytes(chunks(2, 0, 3), (total, chunk) => told.push([total, chunk])),
  );
  assert.deepEqual([...bytes], [2, 2, 3, 3, 3]);
  assert.deepEqual(told.map(([total, { length }]) => [total, length]), [[2, 2], [2, 0], [5, 3]]);
});

test("countBytes() tells of a chunk before it is read, and of none that nobody asks for", async () => {
  let seen = 0;
  for await (const chunk of countBytes(chunks(1, 2), (total) => seen = total)) {
    assert.equal(seen, chunk.length);
    break;
  }
  assert.equal(seen, 1);
});
