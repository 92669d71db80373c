import assert from "node:assert/strict";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { collectBytes } from "../../../lib/base/collect.ts";
import { machineName } from "../../../lib/host/files/file_lock.ts";
import { openDirectory } from "../../../lib/host/files/file_directory.ts";
import { withDirectory } from "../temporary.ts";

function bytes(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

test("openDirectory() creates nothing before the first write", async () => {
  await withDirectory(async (parent) => {
    const directory = openDirectory(join(parent, "a", "b"));
    assert.equal(await directory.read("index.json"), undefined);
    assert.equal(await directory.size("blobs/sha256/x"), undefined);
    assert.deepEqual(await readdir(parent), []);
  });
});

test("openDirectory() shows a file only when it is committed, with its parents", async () => {
  await withDirectory(async (parent) => {
    const path = join(parent, "layout");
    const directory = openDirectory(path);
    const file = await directory.create();
    await file.write(bytes("hello "));
    await file.write(bytes("world"));
    assert.equal(await directory.size("blobs/sha256/x"), undefined);
    await file.commit("blobs/sha256/x");
    await file.discard();
    assert.equal(await directory.size("blobs/sha256/x"), 11);
    const stream = await directory.read("blobs/sha256/x", 6);
    assert.ok(stream);
    assert.equal(new TextDecoder().decode(await collectBytes(stream)), "world");
    assert.deepEqual(await readdir(path), ["blobs"]);
  });
});

test("openDirectory() replaces a file in one step", async () => {
  await withDirectory(async (path) => {
    await writeFile(join(path, "index.json"), "old");
    const file = await openDirectory(path).create();
    await file.write(bytes("new"));
    assert.equal(await readFile(join(path, "index.json"), "utf8"), "old");
    await file.commit("index.json");
    assert.equal(await readFile(join(path, "index.json"), "utf8"), "new");
  });
});

test("openDirectory() leaves nothing of a file that is discarded", async () => {
  await withDirectory(async (path) => {
    const file = await openDirectory(path).create();
    await file.write(bytes("x"));
    await file.discard();
    await file.discard();
    assert.deepEqual(await readdir(path), []);
  });
});

test("openDirectory() refuses paths that lead elsewhere", async () => {
  await withDirectory(async (path) => {
    const directory = openDirectory(path);
    for (const name of ["../x", "blobs/../../x", "/etc/passwd", "", "a//b", "./a"]) {
      await assert.rejects(directory.read(name), RangeError, name);
      const file = await directory.create();
      await assert.rejects(file.commit(name), RangeError, name);
      await file.discard();
    }
  });
});

test("openDirectory() runs read-modify-writes one after the other", async () => {
  await withDirectory(async (path) => {
    const count = async (): Promise<void> => {
      const directory = openDirectory(path);
      await directory.exclusive(async () => {
        const stream = await directory.read("count");
        const before = stream ? Number(new TextDecoder().decode(await collectBytes(stream))) : 0;
        const file = await directory.create();
        await file.write(bytes(String(before + 1)));
        await file.commit("count");
      });
    };
    await Promise.all(Array.from({ length: 12 }, count));
    assert.equal(await readFile(join(path, "count"), "utf8"), "12");
    assert.deepEqual(await readdir(path), ["count"]);
  });
});

test("openDirectory() takes over the lock of a process that is gone", async () => {
  await withDirectory(async (path) => {
    // Process ids end well below this on every system.
    await writeFile(join(path, ".appendlayer.lock"), `${machineName()} 2147483646 x`);
    const results = await Promise.all(
      [1, 2, 3].map((value) => openDirectory(path).exclusive(() => Promise.resolve(value))),
    );
    assert.deepEqual(results, [1, 2, 3]);
    assert.deepEqual(await readdir(path), []);
  });
});

test("openDirectory() lets one in at a time while a lock is taken over", async () => {
  for (let round = 0; round < 30; round++) {
    await withDirectory(async (path) => {
      await writeFile(join(path, ".appendlayer.lock"), `${machineName()} 2147483646 x`);
      let inside = 0;
      const enter = (): Promise<void> =>
        openDirectory(path).exclusive(async () => {
          assert.equal(++inside, 1);
          await readdir(path);
          inside--;
        });
      await Promise.all(Array.from({ length: 6 }, enter));
      assert.deepEqual(await readdir(path), []);
    });
  }
});

test("openDirectory() gives its lock back when the action fails", async () => {
  await withDirectory(async (path) => {
    const directory = openDirectory(path);
    await assert.rejects(directory.exclusive(() => Promise.reject(new Error("no"))), /no/);
    assert.equal(await directory.exclusive(() => Promise.resolve(1)), 1);
  });
});

test("openDirectory() names itself where the system refuses", async () => {
  await withDirectory(async (parent) => {
    const file = join(parent, "file");
    await writeFile(file, "");
    for (const path of [file, join(file, "below")]) {
      const found = (error: Error): boolean =>
        error.message.startsWith(`Cannot write to the directory "${path}": `) &&
        error.cause !== undefined;
      await assert.rejects(openDirectory(path).create(), found);
      await assert.rejects(openDirectory(path).exclusive(() => Promise.resolve()), found);
    }
  });
});

test("openDirectory() removes the temporary files of processes that are gone, and no others", () =>
  withDirectory(async (path) => {
    const id = "0e3a4bd4-9d4b-4f5a-8a1c-3c1e6b1d2f00";
    const gone = `.appendlayer-${machineName()}-2147483646-${id}.tmp`;
    const kept = [
      `.appendlayer-${machineName()}-${process.pid}-${id}.tmp`,
      `.appendlayer-${"0".repeat(16)}-2147483646-${id}.tmp`,
      ".appendlayer-notes.tmp",
    ];
    for (const name of [gone, ...kept]) await writeFile(join(path, name), "x");
    const file = await openDirectory(path).create();
    await file.discard();
    assert.deepEqual((await readdir(path)).sort(), [...kept].sort());
  }));

test("openDirectory() waits for the lock of a process that cannot be seen from here, as long as it lives", () =>
  withDirectory(async (path) => {
    const lock = join(path, ".appendlayer.lock");
    // Of a container with the same host name, whose processes have numbers of their own.
    await writeFile(lock, `${"0".repeat(16)} 2147483646 x`);
    let isHeld = true;
    const entered = openDirectory(path).exclusive(() => Promise.resolve(isHeld));
    await new Promise((resolve) => setTimeout(resolve, 200));
    isHeld = false;
    await rm(lock);
    assert.equal(await entered, false);
  }));
