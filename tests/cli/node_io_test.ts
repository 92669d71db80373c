import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmod, lstat, mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { createNodeIo } from "../../lib/cli/node_io.ts";
import { withDirectory } from "../host/temporary.ts";

const skip = process.platform === "win32" && "it has other devices and links";

test("writeFile() replaces a file in one step, and leaves nothing beside it", () =>
  withDirectory(async (directory) => {
    const path = join(directory, "digest");
    await createNodeIo().writeFile(path, "one\n");
    await createNodeIo().writeFile(path, "two\n");
    assert.equal(await readFile(path, "utf8"), "two\n");
    assert.deepEqual(await readdir(directory), ["digest"]);
  }));

test(
  "writeFile() writes to the file behind a link",
  { skip },
  () =>
    withDirectory(async (directory) => {
      const link = join(directory, "link");
      await writeFile(join(directory, "real"), "");
      await symlink("real", link);
      await createNodeIo().writeFile(link, "digest\n");
      assert.equal(await readFile(join(directory, "real"), "utf8"), "digest\n");
      assert.ok((await lstat(link)).isSymbolicLink());
    }),
);

test(
  "writeFile() writes into a pipe instead of replacing it",
  { skip },
  () =>
    withDirectory(async (directory) => {
      const pipe = join(directory, "pipe");
      execFileSync("mkfifo", [pipe]);
      const reading = readFile(pipe, "utf8");
      await createNodeIo().writeFile(pipe, "digest\n");
      assert.equal(await reading, "digest\n");
      assert.ok((await lstat(pipe)).isFIFO());
    }),
);

test(
  "writeFile() keeps the mode of a file that it replaces",
  { skip },
  () =>
    withDirectory(async (directory) => {
      const path = join(directory, "digest");
      for (const mode of [0o600, 0o666]) {
        await writeFile(path, "");
        await chmod(path, mode);
        await createNodeIo().writeFile(path, "digest\n");
        assert.equal((await stat(path)).mode & 0o7777, mode);
      }
    }),
);

test("writeFile() says what it cannot write", () =>
  withDirectory(async (directory) => {
    await mkdir(join(directory, "folder"));
    for (const [path, reason] of [["folder", /is a directory/], ["no/digest", /no such file/]]) {
      const failed = createNodeIo().writeFile(join(directory, String(path)), "digest\n");
      await assert.rejects(failed, reason as RegExp);
    }
  }));
