import assert from "node:assert/strict";
import { test } from "node:test";
import { createSha256 } from "../../../lib/base/hash/sha256.ts";
import { LayerListing } from "../../../lib/layer/base/layer_listing.ts";
import { LayerScanner } from "../../../lib/layer/base/layer_scanner.ts";
import { webCodec } from "../../../lib/layer/compression/web_codec.ts";
import { readTable } from "../../../lib/layer/table/read_table.ts";
import type { TarEntry } from "../../../lib/tar/entry.ts";
import { createThreadedCodec } from "../../../lib/host/compression/threaded_codec.ts";
import { hasZstd, stargz, type TabledLayer, type Tampering, zstdChunked } from "./tabled_layers.ts";

const COMMON = { mode: 0o755, uid: 0, gid: 0, mtime: 0, size: 0 };

function file(path: string, text: string): TarEntry {
  const content = new TextEncoder().encode(text);
  return { ...COMMON, path, mode: 0o644, uid: 5, type: "file", size: content.length, content };
}

const ENTRIES: readonly TarEntry[] = [
  { ...COMMON, path: "srv/", type: "directory" },
  file("srv/ä b", "one"),
  file("srv/empty", ""),
  file("srv/z", "two".repeat(10_000)),
  { ...COMMON, path: "srv/hard", type: "hard-link", linkPath: "srv/z" },
  { ...COMMON, path: "srv/link", type: "symlink", linkPath: "z" },
  file("srv/.wh.gone", ""),
];

const FORMATS = [
  { name: "eStargz", make: stargz },
  ...hasZstd ? [{ name: "zstd:chunked", make: zstdChunked }] : [],
];

const codec = hasZstd ? createThreadedCodec({ threads: 0 }) : webCodec;

async function read(
  { bytes, annotations }: TabledLayer,
): Promise<{ listing: LayerListing | undefined; got: number }> {
  let got = 0;
  const listing = await readTable({
    size: bytes.length,
    annotations,
    codec,
    createHasher: createSha256,
    getPart: (start, length) => {
      got += length;
      return Promise.resolve(bytes.slice(start, start + length));
    },
  });
  return { listing, got };
}

function shown(listing: LayerListing | undefined): unknown {
  assert.ok(listing);
  const { whiteouts, opaque } = listing.removals();
  return [[...listing.entries()], [...whiteouts], [...opaque], listing.isDetailed];
}

for (const { name, make } of FORMATS) {
  test(`readTable() says of a layer in ${name} what its archive says`, async () => {
    const layer = await make(ENTRIES);
    const { listing } = await read(layer);
    const streamed = new LayerListing();
    const scanner = new LayerScanner(streamed, createSha256);
    await scanner.write(layer.tar);
    streamed.complete(true);
    assert.deepEqual(shown(listing), shown(streamed));
  });

  test(`readTable() reads a table of ${name} whatever chunk its JSON is cut in`, async () => {
    const many = Array.from({ length: 3_000 }, (_, at) => file(`srv/"\\[{${at}`, `${at}`));
    const { listing } = await read(await make(many));
    assert.equal(listing?.size, 3_001);
  });

  const change = (at: number, fields: Record<string, unknown>): Tampering => ({
    entries: (entries) => entries.map((one, index) => index === at ? { ...one, ...fields } : one),
  });
  const hostile: Readonly<Record<string, Tampering>> = {
    "no entries": { text: () => '{"version":1}' },
    "another version": { text: (text) => text.replace(": 1,", ": 2,") },
    "no JSON": { text: (text) => text.slice(0, -3) },
    "two lists": { text: (text) => text.replace(/\}$/, ',"entries":[]}') },
    "entries that are no objects": { entries: () => [1, "x", null] },
    "an array in the entries": { entries: (entries) => [...entries, []] },
    "an entry of 1 MiB": change(1, { userName: "x".repeat(1 << 20) }),
    "much around the entries": {
      text: (text) => text.replace(/\}$/, `,"x":"${"x".repeat(1 << 20)}"}`),
    },
    "an unknown type": change(1, { type: "magic" }),
    "a type of every object": change(1, { type: "constructor" }),
    "no name": change(1, { name: undefined }),
    "a name that is no text": change(1, { name: 5 }),
    "a path that leaves the root": change(1, { name: "../x" }),
    "a path twice": change(2, { name: "srv/ä b" }),
    "a digest that is none": change(1, { digest: "sha256:zz" }),
    "a digest of another algorithm": change(1, { digest: "md5:d41d8cd98f00b204e9800998ecf8427e" }),
    "the digest of nothing for something": change(1, {
      digest: "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    }),
    "a negative size": change(1, { size: -1 }),
    "a size past 2^53": change(1, { size: 2 ** 60 }),
    "a mode with a fraction": change(1, { mode: 0.5 }),
    "a user that is text": change(1, { uid: "0" }),
    "a time that is none": change(1, { modtime: "yesterday" }),
    "a content behind the table": change(1, { offset: 2 ** 40, endOffset: 2 ** 41 }),
    "contents in another order": change(3, { offset: 1, endOffset: 2 }),
    "a content without a place": change(3, { offset: undefined, endOffset: undefined }),
    "a hard link to nothing": change(4, { linkName: "srv/none" }),
    "a link that is no text": change(5, { linkName: 7 }),
    "another digest of the table": {
      annotations: (all) =>
        Object.fromEntries(
          Object.entries(all).map(([key, value]) => [key, value.replace(/^sha256:./, "sha256:_")]),
        ),
    },
    "no digest of the table": {
      annotations: (all) =>
        Object.fromEntries(Object.entries(all).filter(([, value]) => !value.startsWith("sha256"))),
    },
    "a layer that is cut": { bytes: (bytes) => bytes.slice(0, -10) },
    "other bytes where the table is": {
      bytes: (bytes) => bytes.map((byte, at) => at > bytes.length - 200 ? byte ^ 1 : byte),
    },
  };
  for (const [what, tampering] of Object.entries(hostile)) {
    test(`readTable() does not believe a table of ${name} with ${what}`, async () => {
      assert.equal((await read(await make(ENTRIES, tampering))).listing, undefined);
    });
  }
}

if (hasZstd) {
  const place = (text: string): Tampering => ({
    annotations: (all) => ({
      ...all,
      "io.github.containers.zstd-chunked.manifest-position": text,
    }),
  });
  for (const text of ["", "x", "1:2", "0:99999999999:1:1", "99999999:10:10:1", "8:40000000:1:1"]) {
    test(`readTable() asks for nothing where a table of zstd:chunked is at ${JSON.stringify(text)}`, async () => {
      const { listing, got } = await read(await zstdChunked(ENTRIES, place(text)));
      assert.deepEqual([listing, got], [undefined, 0]);
    });
  }
}
