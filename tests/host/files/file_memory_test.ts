import assert from "node:assert/strict";
import { test } from "node:test";
import { FileMemory, type FileStamp } from "../../../lib/host/files/file_memory.ts";
import { memoryStore } from "../../storage/memory_store.ts";

const STAMP: FileStamp = [5, 10_000, 11_000, 7];

async function remembered(stamp: FileStamp, time: number): Promise<FileMemory> {
  const store = memoryStore();
  const memory = new FileMemory(store, "src");
  await memory.open(true);
  await memory.add(["a", STAMP, 100_000, "hash of a"]);
  await memory.add(["b/c", stamp, time, "hash of c"]);
  await memory.save();
  const later = new FileMemory(store, "src");
  await later.open(true);
  return later;
}

async function hashOf(
  memory: FileMemory,
  path: string,
  stamp: FileStamp,
): Promise<string | undefined> {
  return (await memory.find(path, stamp))?.line[3];
}

test("FileMemory knows a file whose size, times and number are what they were", async () => {
  const memory = await remembered(STAMP, 100_000);
  assert.equal(await hashOf(memory, "a", STAMP), "hash of a");
  assert.equal(await hashOf(memory, "a b", STAMP), undefined);
  assert.equal(await hashOf(memory, "b/c", STAMP), "hash of c");
});

test("FileMemory knows no file of which anything is not what it was", async () => {
  for (let field = 0; field < STAMP.length; field++) {
    const memory = await remembered(STAMP, 100_000);
    const [size, mtime, ctime, inode] = STAMP.map((value, at) => at === field ? value + 1 : value);
    const other: FileStamp = [size ?? 0, mtime ?? 0, ctime ?? 0, inode ?? 0];
    assert.equal(await hashOf(memory, "b/c", other), undefined, `field ${field}`);
  }
});

test("FileMemory knows no file that was changed less than two seconds before it was read", async () => {
  assert.equal(await hashOf(await remembered(STAMP, 11_999), "b/c", STAMP), undefined);
  assert.equal(await hashOf(await remembered(STAMP, 12_000), "b/c", STAMP), "hash of c");
});

test("FileMemory forgets all where files are to be read in any case", async () => {
  const memory = await remembered(STAMP, 100_000);
  await memory.open(false);
  assert.equal(await hashOf(memory, "a", STAMP), undefined);
});
