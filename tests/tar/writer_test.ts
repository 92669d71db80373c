import assert from "node:assert/strict";
import { test } from "node:test";
import { type Bytes, type ByteStream, concatBytes } from "../../lib/base/bytes.ts";
import { collectBytes } from "../../lib/base/collect.ts";
import { encodeHex } from "../../lib/base/hex.ts";
import { createSha256 } from "../../lib/base/hash/sha256.ts";
import type { TarEntry } from "../../lib/tar/entry.ts";
import { encodeText } from "../../lib/tar/text.ts";
import { writeTar } from "../../lib/tar/writer.ts";
import { chunked, scan } from "./archive.ts";

/** An entry with the dull fields filled in. */
function entry(fields: Partial<TarEntry> & { readonly path: string }): TarEntry {
  const { content } = fields;
  const size = content instanceof Uint8Array ? content.length : 0;
  return { type: "file", mode: 0o644, uid: 0, gid: 0, mtime: 0, size, ...fields };
}

/** A path of a length in UTF-8 bytes, cut into directories. */
const path = (length: number, character = "p"): string =>
  Array.from({ length }, (_, index) => index % 50 === 49 && index < length - 1 ? "/" : character)
    .join("");

/** One of everything that ustar or pax can say. */
const ENTRIES: readonly TarEntry[] = [
  entry({ path: "plain.txt", content: encodeText("plain\n") }),
  entry({ path: "empty" }),
  entry({ path: "dir/", type: "directory", mode: 0o755 }),
  entry({ path: "setuid", mode: 0o6755, content: encodeText("#!") }),
  entry({ path: "dir/sym", type: "symlink", mode: 0o777, linkPath: "../plain.txt" }),
  entry({ path: "dir/hard", type: "hard-link", linkPath: "plain.txt" }),
  entry({ path: "null", type: "character-device", deviceMajor: 1, deviceMinor: 3 }),
  entry({ path: "sda", type: "block-device", deviceMajor: 8, deviceMinor: 0 }),
  entry({ path: "pipe", type: "fifo" }),
  entry({ path: path(100) }),
  entry({ path: path(101) }),
  entry({ path: path(250) }),
  entry({ path: `${path(250)}/`, type: "directory" }),
  entry({ path: path(600) }),
  entry({ path: "n".repeat(101) }),
  entry({ path: `/${"n".repeat(100)}` }),
  entry({ path: `${"n".repeat(120)}/${"m".repeat(120)}` }),
  // 100 characters, 200 bytes.
  entry({ path: "ü".repeat(100), content: encodeText("ü") }),
  entry({ path: "層/🚀/\udcff" }),
  entry({ path: "long-target", type: "symlink", linkPath: path(300) }),
  entry({ path: "foreign-target", type: "symlink", linkPath: "ünï" }),
  entry({ path: "large-ids", uid: 0o10000000, gid: 0xffff_ffff }),
  entry({ path: "fraction", mtime: 1_700_000_000.125 }),
  entry({ path: "before-1970", mtime: -1.5 }),
  entry({ path: "far-future", mtime: 2 ** 33 }),
  entry({ path: "names", userName: "root", groupName: "ümläut" }),
  entry({ path: "long-names", userName: "u".repeat(33), groupName: "g".repeat(32) }),
  entry({ path: "xattr", records: [["SCHILY.xattr.user.bytes", "\0\udc80\n="], ["path", "old"]] }),
  entry({ path: "label", type: "other", typeFlag: "V" }),
  entry({ path: "x".repeat(512), content: new Uint8Array(1_025).fill(7) }),
];

/** The fields that matter, with the defaults of the writer. */
function essence(entry: Partial<TarEntry>): unknown {
  const { path, type, mode, uid, gid, mtime, size, linkPath, deviceMajor, deviceMinor } = entry;
  const { userName = "", groupName = "", records = [] } = entry;
  const others = records.filter(([keyword]) => keyword.includes("."));
  return [path, type, mode, uid, gid, mtime, size, linkPath || undefined, deviceMajor, deviceMinor]
    .concat(userName, groupName, JSON.stringify(others));
}

test("writeTar() writes what TarScanner reads", async () => {
  const archive = await collectBytes(writeTar(ENTRIES));
  assert.equal(archive.length % 512, 0);
  assert.deepEqual(scan(archive).map(essence), ENTRIES.map(essence));
});

test("writeTar() gives the same bytes for every chunk size of the content from 1 to 1,025", async () => {
  const content = Uint8Array.from({ length: 3_000 }, (_, index) => index * 31);
  const expected = await collectBytes(writeTar([entry({ path: "file", content })]));
  for (let size = 1; size <= 1_025; size++) {
    const chunks = entry({ path: "file", size: content.length, content: chunked(content, size) });
    assert.deepEqual(await collectBytes(writeTar([chunks])), expected);
  }
});

test("writeTar() writes bytes that never change", async () => {
  const hasher = createSha256();
  for await (const chunk of writeTar(ENTRIES)) await hasher.update(chunk);
  // A change of this is a change of every layer that is made from files.
  assert.equal(
    encodeHex(await hasher.digest()),
    "d8b0749d53b8c3165c765048786caafe1a3efe6b5338a0870db4545706cc6f43",
  );
});

test("writeTar() uses pax only where ustar is not enough", async () => {
  const size = async (fields: Partial<TarEntry> & { readonly path: string }): Promise<number> =>
    (await collectBytes(writeTar([entry(fields)]))).length - 1_024;
  assert.equal(await size({ path: "n".repeat(100) }), 512);
  assert.equal(await size({ path: `${"p".repeat(155)}/${"n".repeat(100)}` }), 512);
  assert.equal(await size({ path: "n".repeat(101) }), 1_536);
  assert.equal(await size({ path: `${"p".repeat(156)}/${"n".repeat(99)}` }), 1_536);
  assert.equal(await size({ path: "ü" }), 1_536);
  assert.equal(await size({ path: "time", mtime: 8 ** 11 - 1 }), 512);
  assert.equal(await size({ path: "time", mtime: 8 ** 11 }), 1_536);
  assert.equal(await size({ path: "id", uid: 0o7777777 }), 512);
});

test("writeTar() declares sizes past 8 GiB, and streams the content", async () => {
  const size = 9 * 2 ** 30;
  const piece = new Uint8Array(2 ** 24);
  async function* zeros(): ByteStream {
    for (let left = size; left > 0; left -= piece.length) yield await Promise.resolve(piece);
  }
  let total = 0;
  const first: Bytes[] = [];
  for await (const chunk of writeTar([entry({ path: "huge", size, content: zeros() })])) {
    if (first.length === 0) first.push(chunk.slice(0, 1_536));
    total += chunk.length;
  }
  assert.equal(total, 1_536 + size + 1_024);
  assert.throws(() => scan(concatBytes(first)), /cut short in the content of "huge"/);
});

test("writeTar() asks for one entry at a time, and reads nothing ahead", async () => {
  const events: string[] = [];
  async function* content(name: string): ByteStream {
    events.push(`read ${name}`);
    yield await Promise.resolve(new Uint8Array(100_000));
  }
  function* entries(): Iterable<TarEntry> {
    for (const name of ["a", "b"]) {
      events.push(`make ${name}`);
      yield entry({ path: name, size: 100_000, content: content(name) });
    }
  }
  const reader = writeTar(entries())[Symbol.asyncIterator]();
  assert.deepEqual(events, []);
  await reader.next();
  await reader.next();
  assert.deepEqual(events, ["make a", "read a"]);
  await reader.return?.();
});

test("writeTar() takes entries that come one by one", async () => {
  async function* entries(): AsyncIterable<TarEntry> {
    for (const entry of ENTRIES) yield await Promise.resolve(entry);
    const content = chunked(new Uint8Array(200_000), 100_000);
    yield entry({ path: "stream", size: 200_000, content });
  }
  const bytes = entry({ path: "stream", content: new Uint8Array(200_000) });
  assert.deepEqual(
    await collectBytes(writeTar(entries())),
    await collectBytes(writeTar([...ENTRIES, bytes])),
  );
});

test("writeTar() loses nothing where its chunks end", async () => {
  // Headers, contents and paddings end up on both sides of every cut.
  for (const size of [1, 511, 513, 16_000, 65_535, 65_536, 65_537]) {
    const content = new Uint8Array(size).fill(1);
    const asBytes = Array.from({ length: 60 }, (_, index) => entry({ path: `f${index}`, content }));
    const asStreams = asBytes.map((file) => ({ ...file, content: chunked(content, 1_009) }));
    const archive = await collectBytes(writeTar(asBytes));
    assert.equal(scan(archive).length, 60);
    assert.deepEqual(await collectBytes(writeTar(asStreams)), archive);
    // Pairs of a stream and a content that is there.
    const both = asBytes.map((file, index) =>
      index % 2 === 0 ? file : { ...file, content: chunked(content, 4_096) }
    );
    assert.deepEqual(await collectBytes(writeTar(both)), archive);
  }
});

test("writeTar() loses nothing where a chunk ends in a padding", async () => {
  // A chunk that is handed on as it is moves all that is gathered behind it off the blocks.
  for (const empty of [0, 1]) {
    const make = (stream: boolean): TarEntry[] =>
      [70_100, ...Array<number>(empty).fill(0), ...Array<number>(300).fill(100)].map(
        (size, index) => {
          const content = new Uint8Array(size).fill(index);
          return entry({
            path: `f${index}`,
            size,
            content: stream ? chunked(content, 70_000) : content,
          });
        },
      );
    assert.deepEqual(
      await collectBytes(writeTar(make(true))),
      await collectBytes(writeTar(make(false))),
    );
  }
});

test("writeTar() writes no records that only repeat the header", async () => {
  const records = [["path", "other"], ["uid", "7"]] as const;
  const plain = await collectBytes(writeTar([entry({ path: "a" })]));
  assert.deepEqual(await collectBytes(writeTar([entry({ path: "a", records })])), plain);
});

test("writeTar() of nothing is an end of archive", async () => {
  assert.deepEqual(await collectBytes(writeTar([])), new Uint8Array(1_024));
});

test("writeTar() hands large chunks on as they are", async () => {
  const content = new Uint8Array(100_000);
  const chunks: Bytes[] = [];
  for await (const chunk of writeTar([entry({ path: "a", content })])) chunks.push(chunk);
  assert.ok(chunks.includes(content));
});

test("writeTar() gathers small entries into large chunks", async () => {
  const many = Array.from({ length: 1_000 }, (_, index) => entry({ path: `file${index}` }));
  let chunks = 0;
  for await (const _ of writeTar(many)) chunks++;
  assert.equal(chunks, 2);
});

async function* tooMuch(): ByteStream {
  yield await Promise.resolve(new Uint8Array(3));
  yield new Uint8Array(3);
}

const INVALID: readonly (readonly [TarEntry, string, string])[] = [
  [entry({ path: "" }), "TypeError", 'Cannot write "" into a tar archive: its path is empty'],
  [entry({ path: "a\0b" }), "TypeError", "holds a NUL character"],
  [entry({ path: "a", type: "symlink", linkPath: "\0" }), "TypeError", "holds a NUL character"],
  [entry({ path: "a", type: "symlink" }), "TypeError", "it is a symlink without a linkPath"],
  [entry({ path: "a", type: "hard-link" }), "TypeError", "it is a hard-link without a linkPath"],
  [entry({ path: "a", type: "other" }), "TypeError", 'its type is "other" and it has no typeFlag'],
  [entry({ path: "a/" }), "TypeError", "a slash at the end makes it a directory"],
  [
    entry({ path: "a", type: "fifo", size: 1 }),
    "RangeError",
    "it is a fifo with a size of 1 bytes",
  ],
  [
    entry({ path: "a", mode: 0o10000 }),
    "RangeError",
    "its mode is 4096, not a whole number up to 4095",
  ],
  [entry({ path: "a", uid: -1 }), "RangeError", "its uid is -1"],
  [entry({ path: "a", gid: 1.5 }), "RangeError", "its gid is 1.5"],
  [entry({ path: "a", gid: 2 ** 32 }), "RangeError", "its gid is 4294967296"],
  [entry({ path: "a", size: NaN }), "RangeError", "its size is NaN"],
  [entry({ path: "a", mtime: NaN }), "RangeError", "its mtime is NaN, not a number of seconds"],
  [entry({ path: "a", deviceMajor: 2 ** 21 }), "RangeError", "its deviceMajor is 2097152"],
  [entry({ path: "a", size: 5 }), "RangeError", "its size is 5 bytes and its content has 0"],
  [
    entry({ path: "a", size: 7, content: tooMuch() }),
    "RangeError",
    "its size is 7 bytes and its content has 6",
  ],
  [
    entry({ path: "a", size: 5, content: tooMuch() }),
    "RangeError",
    "its size is 5 bytes and its content has more",
  ],
  [
    entry({ path: "a", size: 5, content: new Uint8Array(6) }),
    "RangeError",
    "its size is 5 bytes and its content has more",
  ],
  [
    entry({ path: "a", size: 5, content: new Uint8Array(4) }),
    "RangeError",
    "its size is 5 bytes and its content has 4",
  ],
];

test("writeTar() rejects what no archive can hold", async () => {
  for (const [invalid, name, message] of INVALID) {
    await assert.rejects(collectBytes(writeTar([invalid])), (error: Error) => {
      assert.equal(error.name, name);
      assert.ok(error.message.startsWith("Cannot write "), error.message);
      assert.ok(error.message.includes(message), error.message);
      return true;
    });
  }
});
