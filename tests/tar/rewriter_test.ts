import assert from "node:assert/strict";
import { test } from "node:test";
import { type Bytes, concatBytes } from "../../lib/base/bytes.ts";
import { collectBytes } from "../../lib/base/collect.ts";
import type { TarEntryHeader } from "../../lib/tar/entry.ts";
import { rewriteTar } from "../../lib/tar/rewriter.ts";
import { TarError } from "../../lib/tar/tar_error.ts";
import { encodeText } from "../../lib/tar/text.ts";
import { chunked, content, END, header, member, pax, scan } from "./archive.ts";

/** Runs a rewriter over an archive. */
function rewrite(
  archive: Bytes,
  edit: (entry: TarEntryHeader) => TarEntryHeader,
  chunkSize = 65_536,
): Promise<Bytes> {
  return collectBytes(rewriteTar(edit)(chunked(archive, chunkSize)));
}

const pair = (offset: number, size: number): string =>
  `${offset.toString(8).padStart(11, "0")}\0${size.toString(8).padStart(11, "0")}\0`;

/** GNU's sparse file with a map that goes on in a second block: five stored bytes, of 10,000. */
const SPARSE = concatBytes([
  header({
    name: "sparse",
    typeFlag: "S",
    magic: "ustar  \0",
    size: 5,
    at: [
      [386, [0, 1, 2, 3].map((index) => pair(index * 1_000, 1)).join("")],
      [482, "\x01"],
      [483, "00000023420\0"],
    ],
  }),
  content(pair(4_000, 1)),
  content("spars"),
]);

const ARCHIVE = concatBytes([
  pax([["comment", "global"]], "g"),
  member({ name: "plain", uid: 7, gid: 8, mtime: 9, userName: "u", groupName: "g" }, "plain"),
  pax([["mtime", "1700000000.123456789"], ["SCHILY.xattr.user.a", "\0\udc80"], ["path", "lång"]]),
  member({ name: "l" }, "x".repeat(2_000)),
  member({ typeFlag: "L" }, `${"l".repeat(300)}\0`),
  member({ magic: "ustar  \0", at: [[345, "00000000001\0"]] }, "gnu"),
  header({ name: "hard", typeFlag: "1", linkName: "plain" }),
  header({ name: "sym", typeFlag: "2", linkName: "plain" }),
  SPARSE,
  pax([
    ["GNU.sparse.major", "1"],
    ["GNU.sparse.minor", "0"],
    ["GNU.sparse.name", "pax-sparse"],
    ["GNU.sparse.realsize", "5000"],
  ]),
  header({ name: "GNUSparseFile.0/pax-sparse", size: 515 }),
  content("1\n1000\n3\n"),
  content("abc"),
  header({ name: "old/", typeFlag: "0", magic: "", at: [[300, "junk"]] }),
  member({ name: "label", typeFlag: "V", linkName: "z" }, "?"),
  END,
  END,
]);

test("rewriteTar() lets what is not edited through as the same bytes, with every chunk size", async () => {
  for (let size = 1; size <= 1_025; size++) {
    assert.deepEqual(await rewrite(ARCHIVE, (entry) => entry, size), ARCHIVE);
  }
});

const under = (entry: TarEntryHeader): TarEntryHeader => ({
  ...entry,
  path: `app/${entry.path}`,
  ...(entry.type === "hard-link" ? { linkPath: `app/${entry.linkPath}` } : {}),
});

test("rewriteTar() moves every kind of entry and keeps the rest", async () => {
  const expected = scan(ARCHIVE);
  const moved = await rewrite(ARCHIVE, under);
  const entries = scan(moved);
  assert.deepEqual(
    entries.map(({ path, linkPath }) => [path.slice(0, 20), linkPath]),
    [
      ["app/plain", undefined],
      ["app/lång", undefined],
      [`app/${"l".repeat(16)}`, undefined],
      ["app/hard", "app/plain"],
      ["app/sym", "plain"],
      ["app/sparse", undefined],
      ["app/pax-sparse", undefined],
      ["app/old/", undefined],
      ["app/label", "z"],
    ],
  );
  for (const [index, entry] of entries.entries()) {
    const { records = [], typeFlag, uid, gid, mode, mtime, size, type } = expected[index] ?? {};
    assert.deepEqual({ ...entry, uid, gid, mode, mtime, size, type }, entry);
    assert.equal(entry.typeFlag, entry.path === "app/old/" ? "5" : typeFlag);
    for (const [keyword, value] of records) {
      if (keyword === "path" || keyword === "GNU.sparse.name") continue;
      const kept = entry.records?.find(([other]) => other === keyword)?.[1];
      assert.equal(kept, value, `${entry.path}: ${keyword}`);
    }
  }
  // The sparse maps and all content are still where they belong.
  const text = new TextDecoder("latin1").decode(moved);
  for (const part of [pair(4_000, 1), "1\n1000\n3\n", "x".repeat(2_000), "spars", "abc"]) {
    assert.ok(text.includes(part), part);
  }
});

test("rewriteTar() gives the same bytes for every chunk size", async () => {
  const expected = await rewrite(ARCHIVE, under);
  for (let size = 1; size <= 1_025; size += 3) {
    assert.deepEqual(await rewrite(ARCHIVE, under, size), expected);
  }
});

test("rewriteTar() puts entries before others, with every chunk size", async () => {
  const before = ({ path, type }: TarEntryHeader): TarEntryHeader[] =>
    type === "hard-link" || path.startsWith("l")
      ? [1, 2].map((uid) => ({
        path: `${"é".repeat(60)}/`,
        type: "directory",
        ...{ mode: 0o711, uid, gid: 0, mtime: 0, size: 0 },
      }))
      : [];
  const stage = rewriteTar((entry) => entry, { before });
  const expected = scan(ARCHIVE).flatMap((entry) => [...before(entry), entry]);
  for (let size = 1; size <= 1_025; size += 32) {
    const entries = scan(await collectBytes(stage(chunked(ARCHIVE, size))));
    assert.deepEqual(
      entries.map(({ path, mode, uid }) => [path, mode, uid]),
      expected.map(({ path, mode, uid }) => [path, mode, uid]),
    );
  }
});

test("rewriteTar() changes owner, mode and time", async () => {
  const edited = {
    uid: 1_000,
    gid: 3_000_000,
    mode: 0o600,
    mtime: -2.5,
    userName: "",
    groupName: "",
  };
  for (const entry of scan(await rewrite(ARCHIVE, (entry) => ({ ...entry, ...edited })))) {
    assert.deepEqual(entry, { ...entry, ...edited });
  }
});

test("rewriteTar() passes large contents on", async () => {
  const content = Uint8Array.from({ length: 300_000 }, (_, index) => index % 251);
  const archive = concatBytes([
    member({ name: "a" }, content),
    member({ name: "b" }, content),
    END,
  ]);
  const moved = await rewrite(archive, under, 100_000);
  assert.deepEqual(scan(moved).map(({ path }) => path), ["app/a", "app/b"]);
  assert.deepEqual(moved.subarray(512, 300_512), content);
});

test("rewriteTar() keeps the type and the size whatever is returned", async () => {
  const [entry] = scan(await rewrite(ARCHIVE, (entry) => ({ ...entry, size: 1, type: "fifo" })));
  assert.deepEqual([entry?.type, entry?.size], ["file", 5]);
});

test("rewriteTar() passes on what is behind the end, and what is cut, for the scanner to judge", async () => {
  for (
    const archive of [
      concatBytes([ARCHIVE, encodeText("garbage")]),
      ARCHIVE.subarray(0, 100),
      ARCHIVE.subarray(0, 1_024 + 700),
      ARCHIVE.subarray(0, 2_560),
      new Uint8Array(),
    ]
  ) {
    assert.deepEqual(
      await rewrite(archive, under.bind(null)).then((bytes) => bytes.length > 0),
      archive.length > 0,
    );
    assert.deepEqual(await rewrite(archive, (entry) => entry), archive);
  }
});

test("rewriteTar() rejects what is not an archive", async () => {
  await assert.rejects(rewrite(content("no archive ".repeat(50)), under), TarError);
});

test("rewriteTar() passes on what the editor throws", async () => {
  const failure = new Error("no");
  await assert.rejects(
    rewrite(ARCHIVE, () => {
      throw failure;
    }),
    failure,
  );
});
