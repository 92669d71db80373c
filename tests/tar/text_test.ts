import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeText, encodeText } from "../../lib/tar/text.ts";
import { createRandom } from "../random.ts";

const CASES = [
  ["", []],
  ["plain", [0x70, 0x6c, 0x61, 0x69, 0x6e]],
  ["ü€🚀", [0xc3, 0xbc, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x9a, 0x80]],
  ["\ufeff", [0xef, 0xbb, 0xbf]],
  // Latin-1, between valid characters of every length.
  ["a\udcfc€ü🚀\udcff", [0x61, 0xfc, 0xe2, 0x82, 0xac, 0xc3, 0xbc, 0xf0, 0x9f, 0x9a, 0x80, 0xff]],
  // A character that is cut short, and one written too long (RFC 3629 §3).
  ["\udce2\udc82", [0xe2, 0x82]],
  ["\udcc0\udcaf", [0xc0, 0xaf]],
] as const;

test("decodeText() and encodeText() are inverse for UTF-8 and for all other bytes", () => {
  for (const [text, bytes] of CASES) {
    assert.equal(decodeText(Uint8Array.from(bytes)), text);
    assert.deepEqual(encodeText(text), Uint8Array.from(bytes));
  }
  const all = Uint8Array.from({ length: 65_536 }, (_, index) => index % 2 ? index >> 8 : index);
  assert.deepEqual(encodeText(decodeText(all)), all);
});

test("decodeText() finds the same characters as the runtime's decoder, however they are damaged", () => {
  const random = createRandom();
  const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  // Bytes at the bounds of what each place of a character may be.
  const bounds = [0, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc2, 0xdf, 0xe0, 0xed, 0xef];
  const bytes = [...bounds, 0xf0, 0xf4, 0xf5, 0xff];
  for (let round = 0; round < 50_000; round++) {
    const sample = Uint8Array.from({ length: 1 + random.integer(6) }, () => random.pick(bytes));
    const text = decodeText(sample);
    const where = `${[...sample]}, seed ${random.seed}`;
    assert.deepEqual(encodeText(text), sample, where);
    let isValid = true;
    try {
      strict.decode(sample);
    } catch {
      isValid = false;
    }
    assert.equal(/\p{Cs}/u.test(text), !isValid, where);
  }
});

test("decodeText() takes no minutes for a megabyte that is no text", () => {
  const start = performance.now();
  const text = decodeText(new Uint8Array(1_048_576).fill(0xff));
  assert.equal(text.length, 1_048_576);
  assert.ok(performance.now() - start < 60_000);
});

test("decodeText() reads a part", () => {
  assert.equal(decodeText(encodeText("abcüdef"), 1, 5), "bcü");
});

test("encodeText() has no bytes for other halves of characters", () => {
  assert.deepEqual(encodeText("\ud800"), encodeText("\ufffd"));
});
