import assert from "node:assert/strict";
import { test } from "node:test";
import type { Bytes } from "../../../lib/base/bytes.ts";
import { FileMemory, type FileStamp } from "../../../lib/host/files/file_memory.ts";
import type { CacheStore } from "../../../lib/storage/cache_store.ts";

function memoryStore(): CacheStore {
  const kept = new Map<string, Bytes>();
  return {
    get: (name) => Promise.resolve(kept.get(name)),
    put: (name, bytes) => Promise.resolve(void kept.set(name, bytes)),
  };
}

const STAMP: FileStamp = [5, 10_000, 11_000, 7];

async function remembered(stamp: FileStamp, time: number): Promise<FileMemory> {
  const store = memoryStore();
  const memory = new FileMemory(store, "src");
  await memory.open(true);
  memory.add("b/c", stamp, time, "hash of c");
  memory.add("a", STAMP, 100_000, "hash of a");
  await memory.save();
  const later = new FileMemory(store, "src");
  await later.open(true);
  return later;
}

test("FileMemory knows a file whose size, times and number are what they were", async () => {
  const memory = await remembered(STAMP, 100_000);
  assert.equal(await memory.find("a", STAMP), "hash of a");
  assert.equal(await memory.find("a b", STAMP), undefined);
  assert.equal(await memory.find("b/c", STAMP), "hash of c");
});

test("FileMemory knows no file of which anything is not what it was", async () => {
  for (let field = 0; field < STAMP.length; field++) {
    const memory = await remembered(STAMP, 100_000);
    const [size, mtime, ctime, inode] = STAMP.map((value, at) => at === field ? value + 1 : value);
    const other: FileStamp = [size ?? 0, mtime ?? 0, ctime ?? 0, inode ?? 0];
    assert.equal(await memory.find("b/c", other), undefined, `field ${field}`);
  }
});

test("FileMemory knows no file that was changed less than two seconds before it was read", async () => {
  assert.equal(await (await remembered(STAMP, 11_999)).find("b/c", STAMP), undefined);
  assert.equal(await (await remembered(STAMP, 12_000)).find("b/c", STAMP), "hash of c");
});

test("FileMemory forgets all where files are to be read in any case", async () => {
  const memory = await remembered(STAMP, 100_000);
  await memory.open(false);
  assert.equal(await memory.find("a", STAMP), undefined);
});
