import assert from "node:assert/strict";
import { test } from "node:test";
import { ArrayReader, bytesOf } from "../../lib/base/array_reader.ts";
import type { Bytes, ByteStream } from "../../lib/base/bytes.ts";

async function* inPieces(bytes: Bytes, size: number): ByteStream {
  for (let at = 0; at < bytes.length; at += size) {
    yield await Promise.resolve(bytes.slice(at, at + size));
  }
}

const WORDS = Uint32Array.of(1, 2 ** 32 - 1, 3);
const NUMBERS = Float64Array.of(0.5, -1);
const BYTES = new Uint8Array([...bytesOf(WORDS), 7, ...bytesOf(NUMBERS)]);

test("ArrayReader gives back the arrays whose bytes it reads, whatever pieces they come in", async () => {
  for (let size = 1; size <= BYTES.length; size++) {
    const reader = new ArrayReader(inPieces(BYTES, size));
    assert.deepEqual(await reader.fill(new Uint32Array(3)), WORDS);
    assert.deepEqual(await reader.fill(new Uint8Array(1)), Uint8Array.of(7));
    assert.deepEqual(await reader.fill(new Float64Array(2)), NUMBERS);
    await reader.end();
  }
});

test("ArrayReader says so where a stream is shorter or longer than what is wanted of it", async () => {
  const short = new ArrayReader(inPieces(BYTES, 5));
  await assert.rejects(short.fill(new Uint8Array(BYTES.length + 1)), SyntaxError);
  const long = new ArrayReader(inPieces(BYTES, 5));
  await long.fill(new Uint8Array(BYTES.length - 1));
  await assert.rejects(long.end(), SyntaxError);
});

test("ArrayReader ends the stream where it is closed early", async () => {
  let isEnded = false;
  async function* stream(): ByteStream {
    try {
      yield* inPieces(BYTES, 5);
    } finally {
      isEnded = true;
    }
  }
  const reader = new ArrayReader(stream());
  await reader.fill(new Uint8Array(1));
  await reader.close();
  assert.ok(isEnded);
});
