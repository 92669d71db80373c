import assert from "node:assert/strict";
import { readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { collectBytes } from "../../../lib/base/collect.ts";
import { archiveFiles } from "../../../lib/host/files/archive_file.ts";
import { withDirectory } from "../temporary.ts";

const encode = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

test("archiveFiles writes beside the file, and puts it there when it is complete", async () => {
  await withDirectory(async (directory) => {
    const path = join(directory, "a.tar");
    await writeFile(path, "old");
    const pending = await archiveFiles.create(path);
    await pending.write(encode("new, "));
    await pending.write(encode("and longer"));
    assert.equal(await readFile(path, "utf8"), "old");
    await pending.commit();
    await pending.discard();
    assert.equal(await readFile(path, "utf8"), "new, and longer");
    assert.deepEqual(await readdir(directory), ["a.tar"]);
  });
});

test("archiveFiles leaves the file as it was, and nothing beside it, where the archive is dropped", async () => {
  await withDirectory(async (directory) => {
    const path = join(directory, "a.tar");
    await writeFile(path, "old");
    const pending = await archiveFiles.create(path);
    await pending.write(encode("new"));
    await pending.discard();
    await pending.discard();
    assert.equal(await readFile(path, "utf8"), "old");
    assert.deepEqual(await readdir(directory), ["a.tar"]);
  });
});

test("archiveFiles writes through a link", { skip: process.platform === "win32" }, async () => {
  await withDirectory(async (directory) => {
    await writeFile(join(directory, "real"), "old");
    await symlink("real", join(directory, "link"));
    const pending = await archiveFiles.create(join(directory, "link"));
    await pending.write(encode("new"));
    await pending.commit();
    assert.equal(await readFile(join(directory, "real"), "utf8"), "new");
    assert.deepEqual((await readdir(directory)).sort(), ["link", "real"]);
  });
});

test("archiveFiles reads any part of a file, and none after it was closed", async () => {
  await withDirectory(async (directory) => {
    const path = join(directory, "a");
    await writeFile(path, "0123456789");
    const file = await archiveFiles.open(path);
    assert(file !== undefined && !(Symbol.asyncIterator in file));
    assert.equal(file.size, 10);
    assert.deepEqual(await collectBytes(file.read(2, 5)), encode("234"));
    await file.close();
    await file.close();
    await assert.rejects(collectBytes(file.read(0, 1)), /it is closed/);
    assert.equal(await archiveFiles.open(join(directory, "none")), undefined);
    assert.equal(await archiveFiles.open(join(path, "below")), undefined);
  });
});

test("archiveFiles says which file cannot be written", async () => {
  await withDirectory(async (directory) => {
    const path = join(directory, "none", "a.tar");
    await assert.rejects(
      archiveFiles.create(path),
      /^Error: Cannot write ".*a\.tar": there is no such file/,
    );
  });
});
