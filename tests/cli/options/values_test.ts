import assert from "node:assert/strict";
import { test } from "node:test";
import { parseHealthcheck } from "../../../lib/cli/options/parse_healthcheck.ts";
import { parseList, splitWords } from "../../../lib/cli/options/parse_list.ts";
import { suggest } from "../../../lib/cli/output/suggest.ts";
import {
  parseChoice,
  parseSeconds,
  parseSettings,
  parseSize,
  parseTime,
  parseWhole,
} from "../../../lib/cli/options/values.ts";
import { formatSize } from "../../../lib/cli/output/format_size.ts";

const WORDS: readonly [text: string, words: string[]][] = [
  ["", []],
  ["  a  b\tc\n", ["a", "b", "c"]],
  ["sh -c 'a  b'", ["sh", "-c", "a  b"]],
  ['sh -c "a \\"b\\" \\$c \\d"', ["sh", "-c", 'a "b" $c \\d']],
  ["a\\ b c\\\\d", ["a b", "c\\d"]],
  ["'' \"\" x''y", ["", "", "xy"]],
  ["'a'\"b\"c", ["abc"]],
  ["$HOME *", ["$HOME", "*"]],
];

for (const [text, words] of WORDS) {
  test(`splitWords() splits ${JSON.stringify(text)} as a shell does`, () => {
    assert.deepEqual(splitWords(text), words);
  });
}

test("splitWords() rejects an open quote", () => {
  for (const text of ["'a", 'a "b', '"a\\"']) assert.throws(() => splitWords(text), SyntaxError);
});

const LISTS: readonly [text: string, list: string[] | null][] = [
  ["", null],
  ["  ", null],
  ['["/bin/sh", "-c", "a b"]', ["/bin/sh", "-c", "a b"]],
  [" [ ] ", []],
  ["nginx -g 'daemon off;'", ["nginx", "-g", "daemon off;"]],
  ["[ -f /x ]", ["[", "-f", "/x", "]"]],
];

for (const [text, list] of LISTS) {
  test(`parseList() reads ${JSON.stringify(text)}`, () => {
    assert.deepEqual(parseList(text), list);
  });
}

for (const text of ['["a"', "[1]", '["a", null]', "[[]]", '["a" "b"]']) {
  test(`parseList() rejects ${text}`, () => assert.throws(() => parseList(text), SyntaxError));
}

const TIMES: readonly [text: string, iso: string][] = [
  ["0", "1970-01-01T00:00:00.000Z"],
  ["1700000000", "2023-11-14T22:13:20.000Z"],
  ["1.5", "1970-01-01T00:00:01.500Z"],
  ["-1", "1969-12-31T23:59:59.000Z"],
  ["2026-01-31", "2026-01-31T00:00:00.000Z"],
  ["2028-02-29", "2028-02-29T00:00:00.000Z"],
  ["2026-01-31T12:00:00Z", "2026-01-31T12:00:00.000Z"],
  ["2026-01-31 12:00", "2026-01-31T12:00:00.000Z"],
  ["2026-01-31T12:00:00+02:00", "2026-01-31T10:00:00.000Z"],
  ["2026-01-31t12:00:00.25z", "2026-01-31T12:00:00.250Z"],
];

for (const [text, iso] of TIMES) {
  test(`parseTime() reads ${text}`, () => assert.equal(parseTime(text).toISOString(), iso));
}

const NO_TIMES = [
  "",
  "now",
  "2026",
  "2026-13-01",
  "2026-02-30",
  "2026-02-29T12:00:00Z",
  "2026-04-31 12:00",
  "31.1.2026",
  "999999999999999",
  "1e9",
];

for (const text of NO_TIMES) {
  test(`parseTime() rejects ${JSON.stringify(text)}`, () => {
    if (text === "2026") assert.equal(parseTime(text).getTime(), 2_026_000);
    else assert.throws(() => parseTime(text), RangeError);
  });
}

test("parseSettings() sets, unsets and keeps what follows the first =", () => {
  assert.deepEqual(parseSettings(["A=1", "B=x=y", "C=", "D-", "my-label=a-", "A=2"]), {
    A: "2",
    B: "x=y",
    C: "",
    D: null,
    "my-label": "a-",
  });
  for (const text of ["A", "=1", "-", ""]) assert.throws(() => parseSettings([text]), SyntaxError);
});

test("parseSettings() takes names that every object has", () => {
  const settings = parseSettings(["__proto__=x", "constructor=y"]);
  assert.deepEqual(Object.entries(settings), [["__proto__", "x"], ["constructor", "y"]]);
});

test("parseWhole() and parseSeconds() hold numbers to their limits", () => {
  assert.equal(parseWhole(0, 9)("9"), 9);
  for (const text of ["10", "-1", "1.5", "", "x", "0x1"]) {
    assert.throws(() => parseWhole(0, 9)(text), /expected a whole number, 0 to 9, got/);
  }
  assert.equal(parseSeconds("30"), 30_000);
  assert.equal(parseSeconds("0.5s"), 500);
  for (const text of ["0", "-1", "", "1m", "Infinity"]) {
    assert.throws(() => parseSeconds(text), RangeError);
  }
});

test("parseChoice() names the choices", () => {
  assert.equal(parseChoice("a", "b")("b"), "b");
  assert.throws(() => parseChoice("a", "b", "c")("d"), /expected a, b or c, got "d"/);
});

const CHECKS: readonly [text: string, check: unknown][] = [
  ["", null],
  ["NONE", { test: ["NONE"] }],
  ["curl -f localhost", { test: ["CMD-SHELL", "curl -f localhost"] }],
  ['["curl", "-f"]', { test: ["CMD", "curl", "-f"] }],
  ["CMD curl || exit 1", { test: ["CMD-SHELL", "curl || exit 1"] }],
  ['--interval=1m30s --timeout=500ms --retries=3 CMD ["x"]', {
    test: ["CMD", "x"],
    interval: 90_000,
    timeout: 500,
    retries: 3,
  }],
  ["[ -f /tmp/ok ] || exit 1", { test: ["CMD-SHELL", "[ -f /tmp/ok ] || exit 1"] }],
  ['CMD [ "$(cat /x)" = ok ]', { test: ["CMD-SHELL", '[ "$(cat /x)" = ok ]'] }],
  ["--interval=0 --timeout=0s --retries=0 x", { test: ["CMD-SHELL", "x"] }],
  ["--interval=1h30m --timeout=1500us --start-period=.5s --start-interval=1.s x", {
    test: ["CMD-SHELL", "x"],
    interval: 5_400_000,
    timeout: 1.5,
    startPeriod: 500,
    startInterval: 1_000,
  }],
  ["--interval=+2s --timeout=1ms1000µs x", {
    test: ["CMD-SHELL", "x"],
    interval: 2_000,
    timeout: 2,
  }],
  ["--start-period=1h --start-interval=1.5s x", {
    test: ["CMD-SHELL", "x"],
    startPeriod: 3_600_000,
    startInterval: 1_500,
  }],
];

for (const [text, check] of CHECKS) {
  test(`parseHealthcheck() reads ${JSON.stringify(text)}`, () => {
    assert.deepEqual(JSON.parse(JSON.stringify(parseHealthcheck(text))), check);
  });
}

const NO_CHECKS: readonly [text: string, reason: RegExp][] = [
  ["--interval=30s", /expected a command/],
  ["--interval=30 x", /expected a duration/],
  ["--interval=1mm x", /expected a duration/],
  ["--interval=. x", /expected a duration/],
  ["--interval=500us x", /expected a duration of at least 1ms, or 0 for the default/],
  ["--interval=9999999h x", /expected a duration of at most/],
  ["--every=3s x", /--every is none of/],
  ["--interval 30s CMD x", /expected "--NAME=VALUE" before the command/],
  ["--retries=x y", /expected --retries=NUMBER/],
  ["CMD ", /expected a command/],
  ["CMD", /expected a command/],
  ["[]", /expected a command/],
  ["CMD []", /expected a command/],
  ["CMD [1]", /expected a JSON array of strings/],
];

for (const [text, reason] of NO_CHECKS) {
  test(`parseHealthcheck() rejects ${text}`, () => {
    assert.throws(() => parseHealthcheck(text), { name: "SyntaxError", message: reason });
  });
}

test("suggest() finds what was meant, and nothing far from it", () => {
  const known = ["json", "layer", "label", "platform", "compression", "compression-level"];
  assert.equal(suggest("jsno", known), "json");
  assert.equal(suggest("lable", known), "label");
  assert.equal(suggest("plat", known), "platform");
  assert.equal(suggest("compresion", known), "compression");
  assert.equal(suggest("zzz", known), undefined);
  assert.equal(suggest("x", known), undefined);
});

test("formatSize() has three digits and a unit", () => {
  const sizes = [0, 999, 1000, 1024, 1536, 102_400, 1_048_576, 5_368_709_120].map(formatSize);
  assert.deepEqual(sizes, [
    "0 B",
    "999 B",
    "1.0 KiB",
    "1.0 KiB",
    "1.5 KiB",
    "100 KiB",
    "1.0 MiB",
    "5.0 GiB",
  ]);
});

test("parseSize() reads sizes in powers of 1024", () => {
  const sizes = [["0", 0], ["512", 512], ["512B", 512], ["64M", 67_108_864], ["64MiB", 67_108_864]];
  for (const [text, size] of [...sizes, ["1.5k", 1_536], ["1GB", 1_073_741_824]] as const) {
    assert.equal(parseSize(String(text)), size);
  }
  for (const text of ["", "M", "-1", "1T", "1 M", "1e3", "1Mb/s"]) {
    assert.throws(() => parseSize(text), RangeError, text);
  }
});
