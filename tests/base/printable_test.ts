import assert from "node:assert/strict";
import { test } from "node:test";
import { printable } from "../../lib/base/printable.ts";

const CASES = [
  ["plain text, ünïcödé, 層 and 🚀", "plain text, ünïcödé, 層 and 🚀"],
  ["\u001b[31mred\u001b[0m\u0007", "[31mred[0m"],
  ["\u009b2Jcleared\u007f", "2Jcleared"],
  ["one\r\ntwo\tthree\n", "one two three"],
  ["user\u202egnp.exe", "usergnp.exe"],
  ["zero\u200bwidth\ufeff", "zerowidth"],
  ["half \ud83d", "half"],
] as const;

test("printable() strips what a terminal would act upon", () => {
  for (const [text, expected] of CASES) assert.equal(printable(text), expected);
});

test("printable() cuts long text between characters", () => {
  assert.equal(printable("abcdef", 6), "abcdef");
  assert.equal(printable("abcdef", 5), "abcde…");
  assert.equal(printable("abc🚀def", 4), "abc…");
});
