import assert from "node:assert/strict";
import { test } from "node:test";
import { printable, printableJson, printableLine } from "../../lib/base/printable.ts";

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

test("printableLine() leaves the indentation of a line", () => {
  assert.equal(printableLine("    at \u009bx\n  y \t"), "    at x   y");
});

test("printableJson() writes what a terminal would act upon as escapes of the same value", () => {
  const value = {
    "a\u202eb": ["\u0007\u007f\u009b2J\u200b\u2028", "ünïcödé, 層 and 🚀", "\u{e0041}"],
  };
  for (const indent of [undefined, 2]) {
    const json = JSON.stringify(value, undefined, indent);
    const shown = printableJson(json);
    assert.deepEqual(JSON.parse(shown), value);
    assert.doesNotMatch(shown.replaceAll("\n", ""), /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    assert.ok(shown.includes("ünïcödé, 層 and 🚀"));
  }
  assert.equal(printableJson('"\u{e0041}\u009b"'), '"\\udb40\\udc41\\u009b"');
});
