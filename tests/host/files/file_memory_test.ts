import assert from "node:assert/strict";
import { test } from "node:test";
import type { FileLine } from "../../../lib/host/files/file_lines.ts";
import { FileMemory } from "../../../lib/host/files/file_memory.ts";
import type { FileStamp } from "../../../lib/host/files/file_status.ts";
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

/** A cache that counts what is written. */
function countingStore(): ReturnType<typeof memoryStore> & { readonly written: string[] } {
  const store = memoryStore();
  const written: string[] = [];
  return {
    ...store,
    written,
    put: (name, bytes) => {
      written.push(name);
      return store.put(name, bytes);
    },
  };
}

test("FileMemory writes nothing where all is as it was, and forgets what is gone with what is new", async () => {
  const store = countingStore();
  const line = (path: string): FileLine => [path, STAMP, 100_000, `hash of ${path}`];
  const run = async (...paths: readonly string[]): Promise<string> => {
    const memory = new FileMemory(store, "src");
    await memory.open(true);
    let known = "";
    for (const path of paths) {
      const found = await memory.find(path, STAMP);
      if (found !== undefined) known += path;
      await memory.add(found ?? line(path));
    }
    await memory.save();
    return known;
  };
  assert.equal(await run("a", "b", "c", "d"), "");
  assert.equal(await run("a", "b", "c", "d"), "abcd");
  assert.equal(store.written.length, 1);
  assert.equal(await run("a", "c", "d", "e"), "acd");
  assert.equal(store.written.length, 2);
  assert.equal(await run("a", "b", "c", "d", "e"), "acde");
  const memory = new FileMemory(store, "src");
  await memory.merge([line("0"), line("c"), line("cc"), line("z")]);
  assert.equal(await run("0", "a", "b", "c", "cc", "d", "e", "z"), "0abcccdez");
  await memory.merge([]);
  assert.equal(store.written.length, 4);
});

test("FileMemory keeps nothing of a run that ends early, nor where the cache keeps nothing", async () => {
  const store = memoryStore();
  const memory = new FileMemory(store, "src");
  await memory.open(true);
  await memory.add(["a", STAMP, 100_000, "hash of a"]);
  await memory.close();
  assert.equal(store.kept.size, 0);
  const none = new FileMemory({ ...store, put: () => Promise.resolve() }, "src");
  await none.open(true);
  for (const path of ["a", "b"]) await none.add([path, STAMP, 100_000, "hash"]);
  await none.save();
  assert.equal(store.kept.size, 0);
});
