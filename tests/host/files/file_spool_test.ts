import assert from "node:assert/strict";
import { readdir, statfs } from "node:fs/promises";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { collectBytes } from "../../../lib/base/collect.ts";
import { createFileSpool, SpoolError } from "../../../lib/host/files/file_spool.ts";
import { withDirectory } from "../temporary.ts";

test("createFileSpool() gives back what was written, from any offset and more than once", async () => {
  await withDirectory(async (directory) => {
    const spool = await createFileSpool({ directory });
    const data = new Uint8Array(700_000).map((_, index) => index >> 3);
    for (let at = 0; at < data.length; at += 99_999) await spool.write(data.slice(at, at + 99_999));
    for (const start of [0, 1, 262_144, 699_999, 700_000, 800_000]) {
      assert.deepEqual(await collectBytes(spool.read(start)), data.slice(start));
    }
    await spool.write(Uint8Array.of(1, 2, 3));
    assert.deepEqual([...await collectBytes(spool.read(700_000))], [1, 2, 3]);
    await spool.dispose();
  });
});

test("createFileSpool() takes arrays that are used again after a write", async () => {
  await withDirectory(async (directory) => {
    const spool = await createFileSpool({ directory });
    const buffer = new Uint8Array(4);
    for (let value = 1; value <= 3; value++) await spool.write(buffer.fill(value));
    assert.deepEqual([...await collectBytes(spool.read(0))], [1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3]);
    await spool.dispose();
  });
});

test("createFileSpool() leaves no name behind, even before it is disposed of", async () => {
  await withDirectory(async (directory) => {
    const spool = await createFileSpool({ directory });
    await spool.write(new Uint8Array(10));
    assert.deepEqual(await readdir(directory), []);
    await spool.dispose();
    await spool.dispose();
  });
});

test("createFileSpool() has room for less than what is free", async () => {
  await withDirectory(async (directory) => {
    const spool = await createFileSpool({ directory });
    const room = await spool.room?.() ?? 0;
    const { blocks, bsize } = await statfs(directory);
    assert.ok(Number.isInteger(room) && room > 0 && room < blocks * bsize, `${room}`);
    await spool.dispose();
  });
});

test("createFileSpool() keeps its file open for a reader that is under way", async () => {
  await withDirectory(async (directory) => {
    const spool = await createFileSpool({ directory });
    await spool.write(new Uint8Array(600_000).fill(5));
    let size = 0;
    for await (const chunk of spool.read(0)) {
      await spool.dispose();
      assert.ok(chunk.every((byte) => byte === 5));
      size += chunk.length;
    }
    assert.equal(size, 600_000);
    await assert.rejects(spool.write(new Uint8Array(1)), /disposed/);
    await assert.rejects(collectBytes(spool.read(0)), /disposed/);
  });
});

test("createFileSpool() says which directory cannot be written to", async () => {
  await assert.rejects(createFileSpool({ directory: "/no/such/directory" }), (error: unknown) => {
    assert.ok(error instanceof SpoolError);
    assert.equal(error.code, "ENOENT");
    assert.match(error.message, /^Cannot create a temporary file in "\/no\/such\/directory": /);
    return true;
  });
});

const FULL = "/dev/full";
test(
  "a spool on a full disk says so in a way that its user can tell",
  { skip: !existsSync(FULL) && "this system has no /dev/full" },
  async () => {
    const { openFile, writeAll } = await import("../../../lib/host/files/file_stream.ts");
    const descriptor = await openFile(FULL, "r+");
    await assert.rejects(writeAll(descriptor, new Uint8Array(10), 0), { code: "ENOSPC" });
    const error = new SpoolError("x", Object.assign(new Error(), { code: "ENOSPC" }));
    assert.equal(error.code, "ENOSPC");
  },
);
