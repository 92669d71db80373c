import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeText, encodeText } from "../../lib/tar/text.ts";

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

test("decodeText() reads a part", () => {
  assert.equal(decodeText(encodeText("abcüdef"), 1, 5), "bcü");
});

test("encodeText() has no bytes for other halves of characters", () => {
  assert.deepEqual(encodeText("\ud800"), encodeText("\ufffd"));
});
