import assert from "node:assert/strict";
import { test } from "node:test";
import { parseAddition } from "../../../lib/layer/files/addition.ts";

const CASES = [
  ["a", "a", "/"],
  ["a:", "a", "/"],
  ["a:/b", "a", "/b"],
  ["a:b", "a", "b"],
  ["a/b.txt:/c/", "a/b.txt", "/c/"],
  ["a:b:/c", "a:b", "/c"],
  ["a:/b:c", "a", "/b:c"],
  ["a:/b:/c", "a", "/b:/c"],
  [".:/srv", ".", "/srv"],
  ["C:\\x", "C:\\x", "/"],
  ["C:\\x y\\z:/srv", "C:\\x y\\z", "/srv"],
  ["C:\\x:srv", "C:\\x", "srv"],
  ["c:/x", "c", "/x"],
] as const;

test("parseAddition() tells source and destination apart", () => {
  for (const [text, source, destination] of CASES) {
    assert.deepEqual(parseAddition(text), { source, destination }, text);
  }
});

test("parseAddition() knows drives with a slash on Windows", () => {
  const cases = [["c:/x", "c:/x", "/"], ["c:/x:/y", "c:/x", "/y"], ["cc:/x", "cc", "/x"]] as const;
  for (const [text, source, destination] of cases) {
    assert.deepEqual(parseAddition(text, { windows: true }), { source, destination }, text);
  }
});

test("parseAddition() needs a source", () => {
  for (const text of ["", ":", ":/a"]) {
    assert.throws(() => parseAddition(text), {
      name: "SyntaxError",
      message: `expected "SRC" or "SRC:DEST", got ${JSON.stringify(text)}`,
    });
  }
});
