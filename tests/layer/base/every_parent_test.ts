import assert from "node:assert/strict";
import { test } from "node:test";
import { EveryParent } from "../../../lib/layer/base/every_parent.ts";
import type { EntryAligner } from "../../../lib/layer/base/entry_aligner.ts";
import { createSha256 } from "../../../lib/base/hash/sha256.ts";
import { collectBytes } from "../../../lib/base/collect.ts";
import { packLayer } from "../../../lib/layer/pack.ts";
import { createThreadedCodec } from "../../../lib/host/compression/threaded_codec.ts";
import type { TarEntryHeader } from "../../../lib/tar/entry.ts";
import { writeTar } from "../../../lib/tar/writer.ts";
import { readEntries } from "../../image/read_entries.ts";
import { hasZstd } from "../table/tabled_layers.ts";
import { newDirectory } from "../../../lib/layer/files/base_directory.ts";

const COMMON = { mode: 0o644, uid: 5, gid: 5, mtime: 5, size: 0 };

function entry(path: string): TarEntryHeader {
  return { ...COMMON, path, type: path.endsWith("/") ? "directory" : "file" };
}

function place(aligner: EntryAligner, paths: readonly string[]): string[] {
  return paths.flatMap((path) => {
    const placed = aligner.place(entry(path));
    return [...placed.before, placed.entry].map(({ path, mode, uid }) =>
      path.endsWith("/") ? `${path} ${mode.toString(8)} ${uid}` : path
    );
  });
}

test("EveryParent puts each directory above an entry before it, once, from the root down", () => {
  assert.deepEqual(
    place(new EveryParent(undefined), ["a/b/x", "a/b/y", "a/c/z", "a/c/.wh.q", "t"]),
    [
      ...["a/ 755 0", "a/b/ 755 0", "a/b/x", "a/b/y", "a/c/ 755 0", "a/c/z", "a/c/.wh.q", "t"],
    ],
  );
});

test("EveryParent leaves directories alone that have an entry", () => {
  assert.deepEqual(place(new EveryParent(undefined), ["./a/", "a/x", "a/b/", "/a/b/y"]), [
    ...["./a/ 644 5", "a/x", "a/b/ 644 5", "/a/b/y"],
  ]);
});

test("EveryParent makes /tmp and its like as every image has them", () => {
  const paths = ["root/x", "tmp/x", "var/tmp/x"];
  assert.deepEqual(place(new EveryParent(undefined), paths), [
    ...["root/ 700 0", "root/x", "tmp/ 1777 0", "tmp/x", "var/ 755 0", "var/tmp/ 1777 0"],
    "var/tmp/x",
  ]);
});

test("EveryParent adds nothing to an archive for Windows", () => {
  assert.deepEqual(place(new EveryParent(undefined), ["Files/a/x"]), ["Files/a/x"]);
});

test("EveryParent takes what another aligner puts before an entry, and asks it for the rest", () => {
  const moved: EntryAligner = {
    prepare: () => undefined,
    directory: (path) => ({ ...newDirectory(path), uid: 8 }),
    place: (original) => ({
      entry: { ...original, path: `usr/${original.path}` },
      before: [{ ...newDirectory("usr/bin"), mode: 0o700, uid: 9 }],
    }),
  };
  assert.deepEqual(place(new EveryParent(moved), ["bin/x"]), [
    ...["usr/ 755 8", "usr/bin/ 700 9", "usr/bin/x"],
  ]);
});

for (
  const [compression, expected] of [
    ["zstd:chunked", ["srv/", "srv/app/", "srv/app/x"]],
    ["gzip", ["srv/app/x"]],
  ] as const
) {
  test(
    `packLayer() ${
      compression === "gzip" ? "leaves" : "writes"
    } directories above an entry in ${compression}`,
    {
      skip: compression !== "gzip" && !hasZstd,
    },
    async () => {
      const archive = await collectBytes(writeTar([entry("srv/app/x")]));
      const tar: Uint8Array[] = [];
      const packed = packLayer(archive, {
        codec: createThreadedCodec({ threads: 0 }),
        createHasher: createSha256,
        compression,
        onArchive: (chunk) => void tar.push(chunk.slice()),
      });
      await collectBytes(packed.open());
      const paths = readEntries(new Uint8Array(Buffer.concat(tar))).map(({ path }) => path);
      assert.deepEqual(paths, expected);
    },
  );
}
