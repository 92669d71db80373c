import assert from "node:assert/strict";
import { test } from "node:test";
import { collectBytes } from "../../lib/base/collect.ts";
import { bytesSource } from "../../lib/storage/blob_source.ts";
import { digestOf } from "../../lib/oci/digest.ts";

const BYTES = Uint8Array.of(1, 2, 3, 4);

test("bytesSource() opens the same bytes again and again, from anywhere", async () => {
  const source = bytesSource(BYTES);
  assert.equal(source.size, 4);
  assert.equal(source.replayable, true);
  assert.equal("digest" in source, false);
  assert.deepEqual(await collectBytes(source.open()), BYTES);
  assert.deepEqual(await collectBytes(source.open(3)), Uint8Array.of(4));
  assert.deepEqual(await collectBytes(source.open()), BYTES);
});

test("bytesSource() tells a digest that is known", async () => {
  const digest = await digestOf(BYTES);
  assert.equal(bytesSource(BYTES, digest).digest, digest);
});
