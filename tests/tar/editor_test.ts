import assert from "node:assert/strict";
import { test } from "node:test";
import { type Bytes, concatBytes } from "../../lib/base/bytes.ts";
import { TarEditor, type TarEditorOptions } from "../../lib/tar/editor.ts";
import { encodeHeaders } from "../../lib/tar/encode.ts";
import type { TarEntryHeader } from "../../lib/tar/entry.ts";
import { TarError } from "../../lib/tar/tar_error.ts";
import { content, END, header, member, pax, scan } from "./archive.ts";

/** Sends an archive through an editor; its chunks are overwritten once they were taken. */
function edit(archive: Bytes, options: TarEditorOptions, chunkSize: number): Bytes {
  const editor = new TarEditor(options);
  const output: Bytes[] = [];
  for (let start = 0; start < archive.length; start += chunkSize) {
    const chunk = archive.slice(start, start + chunkSize);
    output.push(...editor.write(chunk).map((piece) => piece.slice()));
    chunk.fill(0xff);
  }
  editor.end();
  return concatBytes([new Uint8Array(), ...output]);
}

const SIZES = [1, 7, 511, 512, 513, 1_000, 65_536];

const ARCHIVE = concatBytes([
  pax([["comment", "global"]], "g"),
  member({ name: "a" }, "x".repeat(700)),
  pax([["mtime", "1.5"]]),
  member({ name: "b" }, "y".repeat(1_024)),
  header({ name: "c", typeFlag: "2", linkName: "a" }),
  END,
]);

test("TarEditor passes the same bytes on where nothing is changed, with every chunk size", () => {
  for (let size = 1; size <= 1_025; size += 3) assert.deepEqual(edit(ARCHIVE, {}, size), ARCHIVE);
});

test("TarEditor copies nothing of a chunk that stays as it is", () => {
  const archive = concatBytes([member({ name: "a" }, "x"), END]);
  assert.equal(new TarEditor().write(archive)[0], archive);
});

test("TarEditor leaves entries and global headers out", () => {
  const expected = concatBytes([header({ name: "c", typeFlag: "2", linkName: "a" }), END]);
  const options: TarEditorOptions = {
    onEntry: (entry) => entry.path === "c" ? entry : undefined,
    onGlobals: (records) => records.length > 1,
  };
  for (const size of SIZES) assert.deepEqual(edit(ARCHIVE, options, size), expected);
});

test("TarEditor changes headers and keeps contents", () => {
  const onEntry = (entry: TarEntryHeader): TarEntryHeader =>
    entry.path === "b" ? { ...entry, path: "new" } : entry;
  for (const size of SIZES) {
    const edited = edit(ARCHIVE, { onEntry }, size);
    assert.deepEqual(scan(edited).map(({ path }) => path), ["a", "new", "c"]);
    assert.ok(new TextDecoder().decode(edited).includes("y".repeat(1_024)));
  }
});

test("TarEditor leaves out the content of what has size 0 now", () => {
  const archive = concatBytes([member({ name: "d/", typeFlag: "D" }, "dump"), END]);
  const onEntry = (entry: TarEntryHeader): TarEntryHeader => ({
    ...entry,
    type: "directory",
    size: 0,
  });
  for (const size of SIZES) {
    const edited = edit(archive, { onEntry }, size);
    assert.deepEqual(scan(edited).map(({ type, size }) => [type, size]), [["directory", 0]]);
    assert.equal(edited.length, 3 * 512);
  }
});

test("TarEditor makes a whole file of a sparse one, with every chunk size", () => {
  const regions = [[600, 500], [2_000, 0], [4_000, 300]] as const;
  const stored = "s".repeat(800);
  const archive = concatBytes([
    pax([
      ["GNU.sparse.size", "300000"],
      ["GNU.sparse.numblocks", "3"],
      ["GNU.sparse.map", regions.flat().join(",")],
    ]),
    member({ name: "sparse" }, stored),
    member({ name: "after" }, "z"),
    END,
  ]);
  const whole = new Uint8Array(300_000);
  for (const [offset, size] of regions) whole.fill(0x73, offset, offset + size);
  const expected = concatBytes([
    encodeHeaders({ ...scan(archive)[0] as TarEntryHeader, size: 300_000, records: [] }),
    content(whole),
    member({ name: "after" }, "z"),
    END,
  ]);
  const onEntry: TarEditorOptions["onEntry"] = (entry, sparse) => {
    if (sparse === undefined) return entry;
    const { records: _, ...rest } = entry;
    return { ...rest, size: sparse.realSize };
  };
  for (const size of SIZES) assert.deepEqual(edit(archive, { onEntry }, size), expected);
});

test("TarEditor reads no map of more regions than a file of 4 GiB can have", () => {
  const count = 524_289;
  const pairs = Array.from({ length: count }, (_, index) => `${index * 2}\n1\n`).join("");
  const map = content(`${count}\n${pairs}`);
  const archive = concatBytes([
    pax([
      ["GNU.sparse.major", "1"],
      ["GNU.sparse.minor", "0"],
      ["GNU.sparse.name", "many"],
      ["GNU.sparse.realsize", String(2 * count)],
    ]),
    header({ name: "x", size: map.length + count }),
    map,
    content(new Uint8Array(count)),
    END,
  ]);
  assert.throws(() => edit(archive, {}, 65_536), (error: Error) => {
    assert.ok(error instanceof TarError);
    assert.match(error.message, /the entry "many": the map .* has more than 524288 regions/);
    return true;
  });
});
