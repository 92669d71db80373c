import assert from "node:assert/strict";
import { test } from "node:test";
import type { Bytes, ByteStream } from "../../../lib/base/bytes.ts";
import { collectBytes } from "../../../lib/base/collect.ts";
import { type Format, formatOf, sniff } from "../../../lib/layer/compression/sniff.ts";

const FORMATS: readonly (readonly [Format, readonly number[]])[] = [
  ["empty", []],
  ["gzip", [0x1f, 0x8b, 8, 0, 0, 0]],
  ["zstd", [0x28, 0xb5, 0x2f, 0xfd, 4, 0]],
  ["zstd", [0x5e, 0x2a, 0x4d, 0x18, 1, 0]],
  ["xz", [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]],
  ["bzip2", [0x42, 0x5a, 0x68, 0x39, 0x31, 0x41]],
  ["lz4", [4, 0x22, 0x4d, 0x18, 0x64, 0x40]],
  ["zip", [0x50, 0x4b, 3, 4, 20, 0]],
  ["tar", [0x1f]],
  ["tar", [0x74, 0x65, 0x73, 0x74, 0x2e, 0x74]],
];

for (const [format, bytes] of FORMATS) {
  test(`formatOf() takes [${bytes}] for ${format}`, () => {
    assert.equal(formatOf(Uint8Array.from(bytes)), format);
  });
}

async function* oneByOne(bytes: Bytes, log: string[] = []): ByteStream {
  try {
    for (const byte of bytes) yield Uint8Array.of(byte);
  } finally {
    log.push("ended");
  }
}

test("sniff() reads across chunks and gives every byte back", async () => {
  for (const length of [0, 1, 5, 6, 7, 40]) {
    const bytes = Uint8Array.from({ length }, (_, index) => [0x1f, 0x8b][index] ?? index);
    const { format, source } = await sniff(oneByOne(bytes));
    assert.equal(format, length === 0 ? "empty" : length === 1 ? "tar" : "gzip");
    assert.deepEqual(await collectBytes(source), bytes);
  }
});

test("sniff() ends the stream when what it returned is ended before it was read", async () => {
  const log: string[] = [];
  const { source } = await sniff(oneByOne(new Uint8Array(40), log));
  await source[Symbol.asyncIterator]().return?.();
  assert.deepEqual(log, ["ended"]);
});
