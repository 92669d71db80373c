import assert from "node:assert/strict";
import { test } from "node:test";
import zlib from "node:zlib";
import type { Bytes } from "../../../lib/base/bytes.ts";
import {
  blockFormat,
  type BlockInBuffer,
  compressedSize,
  createBlockCompressor,
} from "../../../lib/host/compression/block_compressor.ts";
import { BlockThreads } from "../../../lib/host/compression/block_threads.ts";

function blockOf(bytes: Bytes): BlockInBuffer {
  const buffer = new ArrayBuffer(compressedSize(bytes.length) + 10);
  new Uint8Array(buffer).set(bytes);
  return { buffer, size: bytes.length };
}

function bytesOf({ buffer, size }: BlockInBuffer): Bytes {
  return new Uint8Array(buffer, 0, size);
}

test("BlockThreads gives a block's buffer back with the bytes that createBlockCompressor() makes", async () => {
  const format = blockFormat("gzip");
  const inputs = [
    new TextEncoder().encode("Lorem ipsum dolor sit amet. ".repeat(1000)),
    crypto.getRandomValues(new Uint8Array(65_536)),
  ];
  const threads = new BlockThreads(1, format);
  try {
    for (const input of inputs) {
      const expected = bytesOf(createBlockCompressor(format)(blockOf(input)));
      const given = blockOf(input);
      const { byteLength } = given.buffer;
      const block = await threads.compress(given);
      assert.equal(given.buffer.byteLength, 0, "the buffer was copied instead of transferred");
      assert.equal(block.buffer.byteLength, byteLength);
      assert.deepEqual(bytesOf(block), expected);
    }
  } finally {
    await threads.close();
  }
});

test("BlockThreads reports a thread that failed, and refuses blocks from then on", async () => {
  const broken = { format: "zstd", blockSize: 10, options: { chunkSize: "none" } } as const;
  const threads = new BlockThreads(1, broken);
  try {
    const failure = { message: "Cannot compress in a thread: it failed" };
    await assert.rejects(threads.compress(blockOf(new Uint8Array(10))), failure);
    await assert.rejects(threads.compress(blockOf(new Uint8Array(10))), failure);
  } finally {
    await threads.close();
  }
});

test("BlockThreads rejects what is still in work when it is closed", async () => {
  const threads = new BlockThreads(2, blockFormat("gzip", 9));
  const results = Array.from({ length: 6 }, () => {
    const buffer = crypto.getRandomValues(new Uint8Array(65_536)).buffer;
    return threads.compress({ buffer, size: buffer.byteLength });
  });
  const settled = Promise.allSettled(results);
  await threads.close();
  for (const { status } of await settled) assert.match(status, /^(rejected|fulfilled)$/);
});

test("a block of deflate ends on a byte boundary and is not the last of its stream", () => {
  const input = blockOf(new TextEncoder().encode("abc"));
  const block = bytesOf(createBlockCompressor(blockFormat("gzip"))(input));
  assert.deepEqual([...block.subarray(-4)], [0, 0, 0xff, 0xff]);
  const { constants } = zlib;
  const text = zlib.inflateRawSync(block, { finishFlush: constants.Z_SYNC_FLUSH });
  assert.equal(text.toString(), "abc");
});
