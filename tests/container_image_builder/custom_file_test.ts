import assert from "node:assert/strict";
import { Readable, Stream } from "node:stream";
import { test } from "node:test";
import type { Bytes } from "../../lib/base/bytes.ts";
import { collectBytes } from "../../lib/base/collect.ts";
import { toReadable } from "../../lib/base/readable.ts";
import {
  CustomFile,
  type CustomFileData,
  type CustomFileOptions,
} from "../../lib/container_image_builder/custom_file.ts";
import { packFiles } from "../../lib/container_image_builder/pack_files.ts";
import { readEntries, type ReadEntry } from "../image/read_entries.ts";

const encode = (text: string): Bytes => new TextEncoder().encode(text);

/** The one entry that a custom file becomes. */
async function entryOf(path: string, file: CustomFile): Promise<ReadEntry> {
  const entries = readEntries(await collectBytes(packFiles({ [path]: file }, {}, {}).open()));
  assert.equal(entries.length, 1);
  return entries[0] as ReadEntry;
}

test("a custom file is packed with its content", async () => {
  for (const data of [encode("content"), "content", Buffer.from("content")]) {
    const { path, type, content } = await entryOf("/a-file", new CustomFile({ data }));
    assert.deepEqual({ path, type, content }, { path: "a-file", type: "file", content: "content" });
  }
});

test("an empty custom file is packed", async () => {
  for (const options of [{ size: 0 }, {}, { data: "" }, { data: new Uint8Array() }]) {
    const { path, size, content } = await entryOf("/a-file", new CustomFile(options));
    assert.deepEqual({ path, size, content }, { path: "a-file", size: 0, content: "" });
  }
});

test("a custom symbolic link is packed with what it points to", async () => {
  for (const type of ["SymbolicLink", "Symlink"] as const) {
    const file = new CustomFile({ type, linkPath: "/linktarget", size: 0 });
    const entry = await entryOf("/a-file", file);
    assert.equal(entry.path, "a-file");
    assert.equal(entry.type, "symlink");
    assert.equal(entry.linkPath, "/linktarget");
    assert.ok(file.isSymbolicLink() && !file.isFile() && !file.isDirectory());
  }
});

test("a custom file from a stream of any kind is packed", async () => {
  async function* pieces(): AsyncIterable<Bytes> {
    for (const piece of ["bo", "rk"]) yield await Promise.resolve(encode(piece));
  }
  const texts = Readable.from([Buffer.from("bork")]).setEncoding("utf8");
  for (const data of [pieces(), toReadable(pieces()), Readable.from(pieces()), texts]) {
    const { path, content } = await entryOf("/b-file", new CustomFile({ data, size: 4 }));
    assert.deepEqual({ path, content }, { path: "b-file", content: "bork" });
  }
});

test("a custom file of any size is packed", async () => {
  for (const size of [511, 512, 513, 16_384, 100_000]) {
    const data = new Uint8Array(size).fill(97);
    const { content } = await entryOf("/big", new CustomFile({ data }));
    assert.equal(content, "a".repeat(size));
  }
});

test("a custom directory is packed, with or without a slash", async () => {
  for (const path of ["/dir", "/dir/"]) {
    const file = new CustomFile({ type: "Directory" });
    const entry = await entryOf(path, file);
    assert.equal(entry.path, "dir/");
    assert.equal(entry.type, "directory");
    assert.equal(entry.mode, 0o755);
    assert.ok(file.isDirectory());
  }
});

test("a custom directory that every image has is packed as well", async () => {
  const entry = await entryOf("/tmp", new CustomFile({ type: "Directory", mode: 0o1777 }));
  assert.equal(entry.mode, 0o1777);
});

test("a custom file may be a whiteout", async () => {
  const { path } = await entryOf("/etc/.wh.motd", new CustomFile({ size: 0 }));
  assert.equal(path, "etc/.wh.motd");
});

test("mode, owner and times are kept as they were given", async () => {
  const mtime = new Date("2020-02-02T02:02:02.500Z");
  const file = new CustomFile({
    data: "x",
    mode: 0o100600,
    uid: 1000,
    gid: 100,
    mtime,
    atime: new Date(1500),
    ctime: new Date(-1000),
  });
  const entry = await entryOf("/secret", file);
  assert.equal(entry.mode, 0o600);
  assert.equal(file.mode, 0o100600);
  assert.deepEqual([entry.uid, entry.gid], [1000, 100]);
  assert.equal(entry.mtime, mtime.getTime() / 1000);
  const records = new Map(entry.records);
  assert.equal(records.get("atime"), "1.5");
  assert.equal(records.get("ctime"), "-1");
});

test("properties may be changed before packing", async () => {
  const file = new CustomFile({ data: "x" });
  file.uid = 7;
  file.mode = 0o100755;
  file.mtime = new Date(5000);
  const { uid, mode, mtime } = await entryOf("/x", file);
  assert.deepEqual({ uid, mode, mtime }, { uid: 7, mode: 0o755, mtime: 5 });
});

test("without wishes a custom file belongs to root and is dated 1970, so that layers are reproducible", async () => {
  const { uid, gid, mtime, mode } = await entryOf("/x", new CustomFile({ data: "x" }));
  assert.deepEqual({ uid, gid, mtime, mode }, { uid: 0, gid: 0, mtime: 0, mode: 0o644 });
});

test("a stream that is not as long as was said fails", async () => {
  async function* pieces(): AsyncIterable<Bytes> {
    yield await Promise.resolve(encode("bork"));
  }
  for (const size of [3, 5]) {
    const file = new CustomFile({ data: pieces(), size });
    await assert.rejects(entryOf("/x", file), RangeError);
  }
});

const INVALID: readonly (readonly [options: CustomFileOptions, reason: RegExp])[] = [
  [{ data: new ReadableStream() }, /a stream needs a size/],
  [{ mtimes: new Date(0) } as CustomFileOptions, /"mtimes": there is no such option/],
  [{ type: "Symlink" }, /needs a linkPath/],
  [{ type: "Directory", data: "x" }, /only a file has data/],
  [{ type: "Fifo" as "File" }, /got "Fifo"/],
];

for (const [options, reason] of INVALID) {
  test(`CustomFile() refuses ${reason.source}`, () => {
    assert.throws(() => new CustomFile(options), (error) => {
      assert.ok(error instanceof TypeError);
      assert.match(error.message, reason);
      return true;
    });
  });
}

test("a custom file may get its data later, until it is packed", async () => {
  const file = new CustomFile({ size: 4 });
  await assert.rejects(entryOf("/x", file), {
    name: "TypeError",
    message: /"\/x": its size is 4, and it has no data/,
  });
  file.data = Readable.from(["bo", "rk"]);
  assert.equal((await entryOf("/x", file)).size, 4);
  file.data = "longer than before";
  assert.equal((await entryOf("/x", file)).size, 18);
  file.data = new Uint8Array(3);
  assert.equal((await entryOf("/x", file)).size, 3);
});

test("a custom file takes a stream that can only be piped", async () => {
  const data = new Stream();
  const file = new CustomFile({ data: data as unknown as CustomFileData, size: 4 });
  const entry = entryOf("/x", file);
  // It flows by itself, before anybody has asked for anything.
  data.emit("data", Buffer.from("bork"));
  data.emit("end");
  assert.equal((await entry).size, 4);
});

test("a custom file of the other half of the package is as good", async () => {
  const { mode, size, uid, gid, mtime, data } = new CustomFile({ data: "bork", mode: 0o600 });
  const other = {
    ...{ mode, size, uid, gid, mtime, data },
    isFile: () => true,
    isDirectory: () => false,
    isSymbolicLink: () => false,
  };
  const entry = await entryOf("/x", other as unknown as CustomFile);
  assert.deepEqual([entry.size, entry.mode], [4, 0o600]);
});
