import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { expandSource } from "../../../lib/host/files/expand_source.ts";

/** Lends a directory with files. */
function withFiles(paths: readonly string[], action: (root: string) => void): void {
  const root = mkdtempSync(join(tmpdir(), "appendlayer-"));
  try {
    for (const path of paths) {
      mkdirSync(join(root, path, ".."), { recursive: true });
      writeFileSync(join(root, path), path);
    }
    action(root.replaceAll("\\", "/"));
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

test("expandSource() finds what a pattern means, sorted", () =>
  withFiles(["conf/b.conf", "conf/a.conf", "conf/c.txt", "other/a.conf"], (root) => {
    assert.deepEqual(expandSource(`${root}/conf/*.conf`), [
      `${root}/conf/a.conf`,
      `${root}/conf/b.conf`,
    ]);
    assert.deepEqual(expandSource(`${root}/*/a.conf`), [
      `${root}/conf/a.conf`,
      `${root}/other/a.conf`,
    ]);
  }));

test("expandSource() takes what is there as it is written", () =>
  withFiles(["odd[1].txt", "odd1.txt"], (root) => {
    assert.deepEqual(expandSource(`${root}/odd[1].txt`), [`${root}/odd[1].txt`]);
    assert.deepEqual(expandSource(`${root}/none`), [`${root}/none`]);
  }));

test("expandSource() refuses a pattern that matches nothing", () =>
  withFiles(["a.txt"], (root) => {
    assert.throws(() => expandSource(`${root}/*.conf`), {
      message:
        `Cannot add "${root}/*.conf": there is no file of that name, and none that it matches as a pattern`,
    });
    assert.throws(() => expandSource(`${root}/a.txt/*`), Error);
  }));
