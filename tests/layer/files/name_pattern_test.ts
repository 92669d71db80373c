import assert from "node:assert/strict";
import { test } from "node:test";
import { isNamePattern, namePattern } from "../../../lib/layer/files/name_pattern.ts";

const MATCHES: readonly (readonly [pattern: string, name: string])[] = [
  ["*.conf", "a.conf"],
  ["*.conf", ".conf"],
  ["?", "ü"],
  ["[ab].conf", "a.conf"],
  ["[a-c]x", "bx"],
  ["[^ab]", "c"],
  ["odd[[]1].txt", "odd[1].txt"],
  ["[\\]]", "]"],
  ["a\\*", "a*"],
  ["**", "x"],
];

const MATCHES_NOT: readonly (readonly [pattern: string, name: string])[] = [
  ["*.conf", "a.conf.bak"],
  ["?", "ab"],
  ["[^ab]", "a"],
  ["a.b", "axb"],
  ["a\\*", "ab"],
  ["[a-c]", "d"],
];

test("namePattern() matches as COPY does", () => {
  for (const [pattern, name] of MATCHES) assert.match(name, namePattern(pattern));
  for (const [pattern, name] of MATCHES_NOT) assert.doesNotMatch(name, namePattern(pattern));
});

test("namePattern() refuses what is not closed", () => {
  for (const pattern of ["[a", "[]", "a\\"]) {
    assert.throws(() => namePattern(pattern), SyntaxError, pattern);
  }
});

test("namePattern() takes no longer for many stars", () => {
  assert.doesNotMatch("a".repeat(255), namePattern(`${"*".repeat(1_000)}b`));
});

test("isNamePattern() knows patterns", () => {
  for (const path of ["a/*.txt", "a?", "[a]"]) assert.ok(isNamePattern(path), path);
  assert.ok(!isNamePattern("a/b.txt"));
});
