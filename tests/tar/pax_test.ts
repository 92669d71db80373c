import assert from "node:assert/strict";
import { test } from "node:test";
import {
  formatPax,
  formatTime,
  isField,
  MAX_EXTENSION_SIZE,
  parsePax,
  paxValues,
} from "../../lib/tar/pax.ts";
import { decodeText, encodeText } from "../../lib/tar/text.ts";

test("formatPax() counts UTF-8 bytes, its own digits among them", () => {
  assert.equal(decodeText(formatPax([["path", "ü"]])), "11 path=ü\n");
  assert.equal(decodeText(formatPax([["path", "x"], ["a", ""]])), "9 path=x\n5 a=\n");
});

test("parsePax() and formatPax() are inverse at every length", () => {
  for (let length = 0; length < 1_100; length++) {
    const records = [["path", "é".repeat(length)], ["comment", "=\n \0"]] as const;
    const bytes = formatPax(records);
    const first = decodeText(bytes).split(" ", 1)[0];
    assert.equal(Number(first), encodeText(`${first} path=${"é".repeat(length)}\n`).length);
    assert.deepEqual(parsePax(bytes, 0), records);
  }
});

const MALFORMED = [
  ["x", "does not start with its length"],
  [" 9 path=a\n", "does not start with its length"],
  ["00000009 path=a\n", "does not start with its length"],
  ["-9 path=a\n", "does not start with its length"],
  ["path=a\n", "does not start with its length"],
  ["9 path=ab\n", "does not end where its length of 9 bytes says"],
  ["12 path=ab\n", "does not end where its length of 12 bytes says"],
  ["0 path=a\n", "does not end where its length of 0 bytes says"],
  ["3 \n", "has no keyword"],
  ["7 =abc\n", "has no keyword"],
  ["7 path\n8 a=bc\n", "has no keyword"],
  ["10  path=a\n".replace("10", "11"), 'has the keyword " path"'],
  ["10 p\0th=a\n", 'has the keyword "p\\u0000th"'],
  ["10 path=\0\n", "says path=, which cannot be"],
  ["14 linkpath=\0\n", "says linkpath=, which cannot be"],
  ["10 size=x\n", "says size=x, which cannot be"],
  ["11 size=-1\n", "says size=-1, which cannot be"],
  ["8 size=\n", "says size=, which cannot be"],
  ["25 size=9007199254740992\n", "says size=9007199254740992, which cannot be"],
  ["18 uid=4294967296\n", "says uid=4294967296, which cannot be"],
  ["11 gid=1.5\n", "says gid=1.5, which cannot be"],
  ["12 mtime=1e\n", "says mtime=1e, which cannot be"],
  ["11 atime=-\n", "says atime=-, which cannot be"],
  ["11 ctime=.\n", "says ctime=., which cannot be"],
  ["10 path=a\n\0\0", "does not start with its length"],
] as const;

test("parsePax() rejects what readers would not agree on", () => {
  for (const [text, what] of MALFORMED) {
    assert.throws(
      () => parsePax(encodeText(text), 7),
      (error: Error) => error.message.includes(`a record of an extended header ${what} at byte `),
      text,
    );
  }
});

test("paxValues() takes the last of several, and nothing for an empty text", () => {
  assert.deepEqual(
    paxValues([
      ["path", "a"],
      ["path", "b"],
      ["uname", "x"],
      ["uname", ""],
      ["size", "12"],
      [
        "mtime",
        "-1.5",
      ],
      ["uid", "1"],
      ["gid", "2"],
      ["gname", "g"],
      ["linkpath", "l"],
      ["comment", "c"],
    ]),
    { path: "b", size: 12, mtime: -1.5, uid: 1, gid: 2, groupName: "g", linkPath: "l" },
  );
});

test("paxValues() takes no keyword for what every object has", () => {
  for (const keyword of ["constructor", "toString", "valueOf", "__proto__", "hasOwnProperty"]) {
    assert.deepEqual(paxValues([[keyword, "1"], [keyword, ""]]), {}, keyword);
    assert.equal(isField(keyword), false);
  }
});

test("formatTime() writes plain decimals", () => {
  const cases = [
    [1.5, "1.5"],
    [-0.25, "-0.25"],
    [1_700_000_000.123, "1700000000.123"],
    [5e-7, "0.0000005"],
    [1e-10, "0"],
    [-86_400, "-86400"],
  ] as const;
  for (const [seconds, text] of cases) assert.equal(formatTime(seconds), text);
});

test("the limit is what container engines read", () => {
  assert.equal(MAX_EXTENSION_SIZE, 1024 * 1024);
});
