import assert from "node:assert/strict";
import { test } from "node:test";
import { type ByteStream, concatBytes } from "../../lib/base/bytes.ts";
import { collectBytes } from "../../lib/base/collect.ts";
import { editEntries, type EditEntriesOptions } from "../../lib/layer/edit_entries.ts";
import { parseFileMode } from "../../lib/layer/files/file_mode.ts";
import type { TarEntryHeader } from "../../lib/tar/entry.ts";
import { TarScanner } from "../../lib/tar/scanner.ts";
import { writeTar } from "../../lib/tar/writer.ts";

const COMMON = { mode: 0o640, uid: 5, gid: 6, mtime: 7, size: 0, userName: "u", groupName: "g" };

function source(): ByteStream {
  return writeTar([
    { ...COMMON, path: "./", type: "directory" },
    { ...COMMON, path: "./a", type: "file", size: 3, content: new Uint8Array(3) },
    { ...COMMON, path: "/b", type: "symlink", linkPath: "/a" },
    { ...COMMON, path: "d/c", type: "hard-link", linkPath: "./a" },
  ]);
}

async function edit(
  options: EditEntriesOptions,
  archive: ByteStream = source(),
): Promise<TarEntryHeader[]> {
  const entries: TarEntryHeader[] = [];
  const scanner = new TarScanner({ onEntry: (entry) => entries.push(entry) });
  const stage = editEntries(options);
  assert.ok(stage);
  for await (const chunk of stage(archive)) scanner.write(chunk);
  scanner.end();
  return entries;
}

test("editEntries() puts entries and hard links below a prefix, and leaves symlinks alone", async () => {
  const entries = await edit({ prefix: "/opt/./app/" });
  assert.deepEqual(entries.map(({ path, linkPath }) => [path, linkPath]), [
    ["opt/app/", undefined],
    ["opt/app/a", undefined],
    ["opt/app/b", "/a"],
    ["opt/app/d/c", "opt/app/a"],
  ]);
  for (const { uid, userName, mtime, mode } of entries) {
    assert.deepEqual([uid, userName, mtime, mode], [5, "u", 7, 0o640]);
  }
});

test("editEntries() resolves paths below a prefix", async () => {
  const archive = writeTar([
    { ...COMMON, path: "a/.././b/./", type: "directory" },
    { ...COMMON, path: "a//../c", type: "file" },
    { ...COMMON, path: "d", type: "hard-link", linkPath: "/a/../c" },
  ]);
  const entries = await edit({ prefix: "opt" }, archive);
  assert.deepEqual(entries.map(({ path, type, linkPath }) => [path, type, linkPath]), [
    ["opt/b/", "directory", undefined],
    ["opt/c", "file", undefined],
    ["opt/d", "hard-link", "opt/c"],
  ]);
});

test("editEntries() refuses what would leave the prefix", async () => {
  for (const path of ["../esc", "a/../../b", "/.."]) {
    await assert.rejects(
      edit({ prefix: "opt/app" }, writeTar([{ ...COMMON, path, type: "file" }])),
      {
        name: "LayerError",
        message: `Cannot put the entry "${path}" below "/opt/app": ` +
          `expected a path in the image, got "${path}"`,
      },
    );
  }
  const link = { ...COMMON, path: "a", type: "hard-link", linkPath: "../b" } as const;
  await assert.rejects(edit({ prefix: "opt" }, writeTar([link])), {
    name: "LayerError",
    message: 'Cannot put the hard link "a" below "/opt": expected a path in the image, got "../b"',
  });
  assert.equal((await edit({ mtime: 1 }, writeTar([link])))[0]?.linkPath, "../b");
});

test("editEntries() changes owners, and takes names away", async () => {
  for (const entry of await edit({ owner: { uid: 0, gid: 99 } })) {
    assert.deepEqual([entry.uid, entry.gid, entry.userName, entry.groupName], [0, 99, "", ""]);
  }
});

test("editEntries() changes times, and modes of all but symlinks", async () => {
  const entries = await edit({ mtime: 1.5, chmod: parseFileMode("a=rX") });
  assert.deepEqual(entries.map(({ mtime, mode }) => [mtime, mode]), [
    [1.5, 0o555],
    [1.5, 0o444],
    [1.5, 0o640],
    [1.5, 0o444],
  ]);
});

test("editEntries() is nothing where nothing is to change", () => {
  assert.equal(editEntries({}), undefined);
  assert.equal(editEntries({ prefix: "/" }), undefined);
});

test("editEntries() keeps every byte of what it need not touch", async () => {
  const stage = editEntries({ mtime: 7 });
  assert.ok(stage);
  const before = await collectBytes(source());
  assert.deepEqual(await collectBytes(stage(source())), concatBytes([before]));
});

test("editEntries() rejects a prefix outside of the image", () => {
  assert.throws(() => editEntries({ prefix: "../x" }), SyntaxError);
});
