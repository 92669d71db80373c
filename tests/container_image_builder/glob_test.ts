import assert from "node:assert/strict";
import { test } from "node:test";
import { compileGlob } from "../../lib/container_image_builder/glob.ts";
import { MICROMATCH, NAMES } from "./micromatch_table.ts";

function matched(pattern: string, names: readonly string[]): string {
  return names.filter(compileGlob(pattern).matches).join(" ");
}

for (const [pattern, expected] of MICROMATCH) {
  test(`a glob of ${JSON.stringify(pattern)} matches what micromatch matches by it`, () => {
    assert.equal(matched(pattern, NAMES), expected);
  });
}

/** Where micromatch fails, or does what nobody can have meant. */
const OWN: readonly (readonly [pattern: string, matched: string])[] = [
  // It throws.
  ["(", "("],
  ["a(", "a("],
  ["+(", "+("],
  // It matches nothing at all.
  ["\\!w", "!w"],
  ["\\a", "a"],
  ["c++", "c++"],
  ["*+", "c++"],
  // Of two dots it makes one and any character.
  ["..", ".."],
];

for (const [pattern, expected] of OWN) {
  test(`a glob of ${JSON.stringify(pattern)} matches what it says`, () => {
    assert.equal(matched(pattern, ["!w", "(", "+(", "..", ".a", "a", "a(", "b", "c++"]), expected);
  });
}

test("quotes are part of a plain path, and keep what is in them from being a pattern", () => {
  const names = ['"q"', "q", "*", "*a", "xa"];
  assert.equal(matched('"q"', names), '"q"');
  assert.equal(matched("'*'*", names), "* *a");
});

test("a glob with repetitions in repetitions takes no longer than its length asks for", () => {
  const name = "a".repeat(2_000);
  assert.equal(compileGlob("+(+(a|aa)|+(aa|aaa))b").matches(name), false);
  assert.equal(compileGlob("{a,{a,{a,{a,{a,{a,{a,{a,b}}}}}}}}".repeat(50)).matches(name), false);
});

test("random patterns and paths end, and a path matches itself", () => {
  let seed = 4711;
  const random = (below: number): number => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return Math.floor(seed / 65536) % below;
  };
  const characters = "ab.*?+@!()|{},[]^-\\/'1\"";
  for (let round = 0; round < 3_000; round++) {
    const pattern = Array.from({ length: 1 + random(12) }, () => characters.charAt(random(23)))
      .join("");
    const glob = compileGlob(pattern);
    for (const name of ["a", "ab", "a/b", ".a", "a.b", ""]) {
      assert.equal(typeof glob.matches(name), "boolean", `seed 4711, ${pattern}`);
    }
    const escaped = pattern.replace(/[^ab]/g, "\\$&");
    assert.ok(compileGlob(escaped).matches(pattern), `seed 4711, ${escaped}`);
  }
});
