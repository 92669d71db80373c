import assert from "node:assert/strict";
import { test } from "node:test";
import { PathTable } from "../../lib/layer/path_table.ts";

const pathOf = (index: number): string =>
  `srv/${index % 1_000}/${index % 7 === 0 ? "ü/" : ""}file-${index}`;

test("PathTable keeps a number for each of many paths, in at most 16 bytes a path", () => {
  const table = new PathTable();
  const count = 300_000;
  for (let index = 0; index < count; index++) {
    assert.equal(table.add(pathOf(index), index + 1), 0, pathOf(index));
  }
  for (let index = 0; index < count; index++) assert.equal(table.get(pathOf(index)), index + 1);
  assert.equal(table.get("srv/0/file-1"), 0);
  assert.ok(table.byteLength <= 16 * count, `${table.byteLength / count}`);
});

test("PathTable adds a number only where there is none, and sets one anyway", () => {
  const table = new PathTable();
  assert.equal(table.add("a", 5), 0);
  assert.equal(table.add("a", 6), 5);
  assert.equal(table.get("a"), 5);
  assert.equal(table.set("a", 2 ** 32 - 1), 5);
  assert.equal(table.get("a"), 2 ** 32 - 1);
  assert.equal(table.set("", 7), 0);
  assert.equal(table.get(""), 7);
});

test("PathTable takes the front of a path for the path that it is", () => {
  const table = new PathTable();
  assert.equal(table.add("srv/app/file", 1), 0);
  assert.equal(table.add("srv/app/file", 2, "srv/app".length), 0);
  assert.equal(table.get("srv/app"), 2);
  assert.equal(table.get("srv/app/file", 3), 0);
  assert.equal(table.get("srv/app/file"), 1);
  assert.equal(table.get("srv/app/"), 0);
});

test("PathTable takes a path and its front for what they are, whatever was asked for before", () => {
  const paths = ["a/b/c/d", "a/b/c/e", "a/b", "a/bc/d", "a/b/cd", "", "b", "a/b/c/d/e/f", "a"];
  const numbers = new Map<string, number>();
  const table = new PathTable();
  for (const path of [...paths, ...paths.toReversed(), ...paths]) {
    for (let end = path.length; end >= 0; end--) {
      const front = path.slice(0, end);
      assert.equal(table.add(path, numbers.size + 1, end), numbers.get(front) ?? 0, front);
      if (!numbers.has(front)) numbers.set(front, numbers.size + 1);
      assert.equal(table.get(front), numbers.get(front), front);
    }
  }
});
