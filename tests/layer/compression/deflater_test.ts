import assert from "node:assert/strict";
import { test } from "node:test";
import zlib from "node:zlib";
import type { Bytes } from "../../../lib/base/bytes.ts";
import {
  DEFLATE_BLOCK_SIZE,
  Deflater,
  deflateSettings,
} from "../../../lib/layer/compression/deflater.ts";
import { deflateModule } from "../../../lib/layer/compression/deflate_module.ts";

const LEVELS = [1, 2, 3, 4, 5, 6, 7, 8, 9] as const;

function random(size: number): Bytes {
  const bytes = new Uint8Array(size);
  for (let offset = 0; offset < size; offset += 65_536) {
    crypto.getRandomValues(bytes.subarray(offset, offset + 65_536));
  }
  return bytes;
}

function text(size: number): Bytes {
  const words = ["layer ", "manifest ", "digest ", "sha256:", "blob ", "the ", "of ", "\n"];
  const bytes = new Uint8Array(size);
  const { written } = new TextEncoder().encodeInto(
    Array.from({ length: size / 4 }, (_, i) => words[(i * i + (i >> 3)) % words.length]).join(""),
    bytes,
  );
  assert.ok(written >= size - 8);
  return bytes;
}

/** What deflate has to do with each: store, repeat at distance 1 and at the edge of the window, build lop-sided codes. */
const INPUTS: readonly (readonly [what: string, bytes: Bytes])[] = [
  ["nothing", new Uint8Array()],
  ["one byte", Uint8Array.of(7)],
  ["three equal bytes", Uint8Array.of(7, 7, 7)],
  ["a block of zeros", new Uint8Array(DEFLATE_BLOCK_SIZE)],
  ["a block of noise", random(DEFLATE_BLOCK_SIZE)],
  ["a block of text", text(DEFLATE_BLOCK_SIZE)],
  ["text of an odd size", text(123_457)],
  ["noise that repeats a window further on", repeat(random(32_768), 5)],
  ["noise that repeats beyond the window", repeat(random(32_769), 5)],
  ["few symbols", random(200_000).map((byte) => 31 - Math.clz32(byte | 1))],
  ["every byte in order", Uint8Array.from({ length: 70_000 }, (_, i) => i)],
  ["text, then noise, then text", concat(text(100_000), random(100_000), text(100_000))],
  ["counts like Fibonacci's numbers, whose tree is as deep as can be", fibonacci()],
];

function repeat(bytes: Bytes, times: number): Bytes {
  return concat(...Array.from({ length: times }, () => bytes));
}

function concat(...parts: Bytes[]): Bytes {
  return new Uint8Array(Buffer.concat(parts));
}

function fibonacci(): Bytes {
  const parts: Bytes[] = [];
  for (let [symbol, a, b] = [0, 1, 1]; a + b < 60_000; symbol++, [a, b] = [b, a + b]) {
    parts.push(new Uint8Array(a).fill(symbol * 9));
  }
  const bytes = concat(...parts);
  // Shuffled, or it would be all matches.
  for (let i = bytes.length - 1, state = 1; i > 0; i--) {
    state = (state * 48_271) % 0x7fffffff;
    const j = state % (i + 1);
    [bytes[i], bytes[j]] = [bytes[j] ?? 0, bytes[i] ?? 0];
  }
  return bytes;
}

function inflate(bytes: Bytes): Buffer {
  return zlib.inflateRawSync(bytes, { finishFlush: zlib.constants.Z_SYNC_FLUSH });
}

for (const [what, bytes] of INPUTS) {
  test(`Deflater compresses ${what} to what zlib reads`, () => {
    for (const level of LEVELS) {
      const output = new Deflater(deflateModule(), deflateSettings(level)).compress(bytes);
      assert.ok(inflate(output).equals(bytes), `level ${level}`);
      assert.ok(output.length <= bytes.length + bytes.length / 4096 + 10, `level ${level}`);
      assert.deepEqual([...output.subarray(-4)], [0, 0, 0xff, 0xff]);
    }
  });
}

for (const level of [1, 3, 6]) {
  test(`Deflater compresses every size up to 700 bytes at level ${level}`, () => {
    const deflater = new Deflater(deflateModule(), deflateSettings(level));
    const noise = random(700);
    const words = text(700);
    for (let size = 0; size <= 700; size++) {
      for (const bytes of [noise.subarray(0, size), words.subarray(0, size)]) {
        assert.ok(inflate(deflater.compress(bytes)).equals(bytes), `size ${size}`);
      }
    }
  });
}

test("Deflater makes of a block the same bytes whatever came before it", () => {
  const used = new Deflater(deflateModule(), deflateSettings(3));
  for (const [, bytes] of INPUTS) used.compress(bytes);
  for (const [what, bytes] of INPUTS) {
    const fresh = new Deflater(deflateModule(), deflateSettings(3)).compress(bytes);
    assert.deepEqual(used.compress(bytes), fresh, what);
  }
});

/** Words of which some are frequent and most are rare, as in a language. */
function prose(count: number): Bytes {
  let state = 1;
  const draw = (): number => (state = (state * 48_271) % 0x7fffffff) / 0x7fffffff;
  const words = Array.from({ length: 2_000 }, () => Math.floor(draw() ** 2 * 1e9).toString(36));
  const drawn = Array.from({ length: count }, () => words[Math.floor(draw() ** 3 * words.length)]);
  return new TextEncoder().encode(drawn.join(" "));
}

/** Bytes that are as evenly distributed as noise, and more. */
function countUp(size: number): Bytes {
  return Uint8Array.from({ length: size }, (_, i) => i);
}

for (const [what, bytes] of [["text", text(200_000)], ["a table", countUp(200_000)]] as const) {
  for (const level of [3, 6]) {
    test(`Deflater compresses ${what} within noise at level ${level}`, () => {
      const noise = random(300_000);
      const all = concat(noise, bytes, noise);
      const deflater = new Deflater(deflateModule(), deflateSettings(level));
      const alone = deflater.compress(bytes).length;
      const output = deflater.compress(all);
      assert.ok(inflate(output).equals(all));
      // The noise ends within a piece of 64 KiB, which is taken for noise where most of it is.
      assert.ok(output.length < 2 * noise.length + alone + 40_000, `${output.length}, ${alone}`);
    });
  }
}

test("Deflater makes text smaller at higher levels", () => {
  const sizeAt = (level: number, bytes: Bytes): number =>
    new Deflater(deflateModule(), deflateSettings(level)).compress(bytes).length;
  assert.ok(sizeAt(3, prose(100_000)) < sizeAt(1, prose(100_000)));
  assert.ok(sizeAt(9, text(300_000)) < sizeAt(3, text(300_000)));
});

for (const level of [0, 10, 1.5, NaN]) {
  test(`deflateSettings() refuses level ${level}`, () => {
    assert.throws(() => deflateSettings(level), RangeError);
  });
}
