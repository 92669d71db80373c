import assert from "node:assert/strict";
import { test } from "node:test";
import { escapePath } from "../../lib/tar/escape_path.ts";
import { decodeText } from "../../lib/tar/text.ts";

const ESCAPED: readonly [what: string, path: string, line: string][] = [
  ["plain text, blanks and quotes alone", "srv/a b/\"é\" 'ü' 日本", "srv/a b/\"é\" 'ü' 日本"],
  ["a backslash", "a\\n", "a\\\\n"],
  ["what ends a line", "a\nb\rc\u2028d", "a\\nb\\rc\\342\\200\\250d"],
  ["what has a letter of its own", "\x07\b\t\v\f\x7f", "\\a\\b\\t\\v\\f\\?"],
  ["what a terminal acts upon", "\x1b[2J\x9b2J", "\\033[2J\\302\\2332J"],
  ["what a terminal reorders or hides", "a\u202eb\u200b", "a\\342\\200\\256b\\342\\200\\213"],
  ["bytes that are no UTF-8", decodeText(Uint8Array.of(0x61, 0xff, 0xc3)), "a\\377\\303"],
];

for (const [what, path, line] of ESCAPED) {
  test(`escapePath() writes ${what} as tar t does`, () => assert.equal(escapePath(path), line));
}
