import assert from "node:assert/strict";
import { test } from "node:test";
import {
  compareImagePaths,
  joinImagePath,
  normalizeImagePath,
  sharedDirectory,
} from "../../../lib/layer/files/image_path.ts";

test("normalizeImagePath() gives one form to every path", () => {
  const cases = [
    ["/a/b", "a/b"],
    ["a//b/./c/", "a/b/c"],
    ["/a/../b", "b"],
    ["/", ""],
    ["", ""],
    [".", ""],
    ["a/..", ""],
    ["...", "..."],
  ] as const;
  for (const [path, expected] of cases) assert.equal(normalizeImagePath(path), expected);
});

test("normalizeImagePath() rejects what is not in the image", () => {
  for (const path of ["..", "/../a", "a/../../b", "a\0b"]) {
    assert.throws(() => normalizeImagePath(path), SyntaxError);
  }
});

test("joinImagePath() knows the root", () => {
  assert.equal(joinImagePath("", "a"), "a");
  assert.equal(joinImagePath("a", ""), "a");
  assert.equal(joinImagePath("a", "b"), "a/b");
});

test("compareImagePaths() puts a directory's contents right behind it", () => {
  const sorted = ["a", "a/b", "a/b/c", "a/b-", "a!", "a-", "a.b", "aa", "b", "é", "層"];
  assert.deepEqual(sorted.toReversed().sort(compareImagePaths), sorted);
  assert.equal(compareImagePaths("a", "a"), 0);
});

test("sharedDirectory() is the deepest directory above both", () => {
  const cases = [
    ["a/b/c", "a/b/", "a/b/"],
    ["a/b/c/d", "a/b/", "a/b/"],
    ["a/b", "a/b/", "a/"],
    ["a/bc/d", "a/b/", "a/"],
    ["a/x", "a/b/c/d/", "a/"],
    ["a", "a/", ""],
    ["b/c", "a/b/", ""],
    ["a/b", "", ""],
    ["", "a/b/", ""],
  ] as const;
  for (const [path, directory, expected] of cases) {
    assert.equal(sharedDirectory(path, directory), expected, `${path} and ${directory}`);
  }
});
