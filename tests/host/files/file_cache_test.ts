import assert from "node:assert/strict";
import { readdir, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { type Bytes, oneChunk } from "../../../lib/base/bytes.ts";
import { cacheDirectory, createFileCache } from "../../../lib/host/files/file_cache.ts";
import { getBytes } from "../../../lib/storage/cache_store.ts";
import { withDirectory } from "../temporary.ts";
import process from "node:process";

function bytes(size: number, value = 1): Bytes {
  return new Uint8Array(size).fill(value);
}

test("createFileCache() gives back what was put last, from any opening of the directory", async () => {
  await withDirectory(async (path) => {
    const directory = join(path, "deep", "cache");
    const cache = createFileCache({ directory });
    assert.equal(await getBytes(cache, "a"), undefined);
    await cache.put("a", oneChunk(bytes(3)));
    await cache.put("a", oneChunk(bytes(4, 2)));
    await cache.put("b/../c", oneChunk(bytes(1)));
    assert.deepEqual(await getBytes(createFileCache({ directory }), "a"), bytes(4, 2));
    assert.deepEqual(await getBytes(cache, "b/../c"), bytes(1));
    assert.equal((await readdir(directory)).length, 2);
    assert.equal((await stat(directory)).mode & 0o777, 0o700);
  });
});

test("createFileCache() makes room for new values, the longest unused first", async () => {
  await withDirectory(async (directory) => {
    const cache = createFileCache({ directory, limit: 250 });
    await cache.put("first", oneChunk(bytes(100)));
    await cache.put("second", oneChunk(bytes(100)));
    const old = new Date(Date.now() - 10_000);
    for (const name of await readdir(directory)) await utimes(join(directory, name), old, old);
    await getBytes(cache, "first");
    await cache.put("third", oneChunk(bytes(100)));
    assert.deepEqual(await getBytes(cache, "first"), bytes(100));
    assert.equal(await getBytes(cache, "second"), undefined);
    assert.deepEqual(await getBytes(cache, "third"), bytes(100));
  });
});

test("createFileCache() stays below its limit, whether values come one by one or at once", async () => {
  await withDirectory(async (directory) => {
    const cache = createFileCache({ directory, limit: 1_000 });
    const total = async (): Promise<number> => {
      const files = await Promise.all(
        (await readdir(directory)).map((name) => stat(join(directory, name))),
      );
      return files.reduce((sum, { size }) => sum + size, 0);
    };
    for (let i = 0; i < 15; i++) {
      await cache.put(`value ${i}`, oneChunk(bytes(100)));
      assert.ok(await total() <= 1_000, `${await total()} bytes after ${i}`);
    }
    await Promise.all(
      Array.from({ length: 25 }, (_, i) => cache.put(`another ${i}`, oneChunk(bytes(100)))),
    );
    assert.ok(await total() <= 1_000, `${await total()} bytes in the end`);
  });
});

test("createFileCache() looks at all files with the first value of a run, and again when they may be too many", async () => {
  await withDirectory(async (directory) => {
    const cache = createFileCache({ directory, limit: 250 });
    await cache.put("first", oneChunk(bytes(100)));
    const left = join(directory, "x.tmp");
    await writeFile(left, "left");
    const old = new Date(Date.now() - 2 * 60 * 60_000);
    await utimes(left, old, old);
    const isLeft = async (): Promise<boolean> => (await readdir(directory)).includes("x.tmp");
    await cache.put("second", oneChunk(bytes(100)));
    assert.equal(await isLeft(), true);
    await cache.put("third", oneChunk(bytes(100)));
    assert.equal(await isLeft(), false);
  });
});

test("createFileCache() takes away what a killed run has left, and nothing of one that writes", async () => {
  await withDirectory(async (directory) => {
    const [left, fresh] = [join(directory, "x.tmp"), join(directory, "y.tmp")];
    await writeFile(left, "left");
    await writeFile(fresh, "fresh");
    const old = new Date(Date.now() - 2 * 60 * 60_000);
    await utimes(left, old, old);
    await createFileCache({ directory }).put("a", oneChunk(bytes(1)));
    const names = await readdir(directory);
    assert.equal(names.includes("x.tmp"), false);
    assert.equal(names.includes("y.tmp"), true);
  });
});

test("createFileCache() finds and keeps nothing where there is no place for it", async () => {
  await withDirectory(async (path) => {
    const file = join(path, "file");
    await writeFile(file, "");
    const cache = createFileCache({ directory: join(file, "cache") });
    await cache.put("a", oneChunk(bytes(1)));
    assert.equal(await getBytes(cache, "a"), undefined);
  });
});

test("cacheDirectory() is what the user says, or the system's place for such", () => {
  assert.equal(cacheDirectory({ APPENDLAYER_CACHE: "/x" }), "/x");
  if (process.platform !== "linux") return;
  assert.equal(cacheDirectory({ XDG_CACHE_HOME: "/c" }, "/h"), "/c/appendlayer");
  assert.equal(cacheDirectory({}, "/h"), "/h/.cache/appendlayer");
  assert.equal(cacheDirectory({ XDG_CACHE_HOME: "relative" }, "/h"), undefined);
});
