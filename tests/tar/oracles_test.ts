/** What other people's tar makes of our archives, and our scanner of theirs. */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import fs from "node:fs";
import { join } from "node:path";
import { execPath } from "node:process";
import { test } from "node:test";
import type { Bytes } from "../../lib/base/bytes.ts";
import { toReadable } from "../../lib/base/readable.ts";
import { addFiles } from "../../lib/host/files/add_files.ts";
import { walkFiles } from "../../lib/host/files/walk.ts";
import { encodeHeaders } from "../../lib/tar/encode.ts";
import type { TarEntry } from "../../lib/tar/entry.ts";
import { TarScanner } from "../../lib/tar/scanner.ts";
import { writeTar } from "../../lib/tar/writer.ts";
import { withDirectory } from "../host/temporary.ts";
import { END, scan } from "./archive.ts";
import { ARCHIVERS, makeSampleTree } from "./foreign_archives.ts";
import {
  type Listed,
  listWithBsdtar,
  listWithGnuTar,
  listWithTarStream,
  loadTarStream,
  run,
  SKIP_BSDTAR,
  SKIP_GNU_TAR,
} from "./oracle.ts";

const tarStream = loadTarStream();
const SKIP_TAR_STREAM = tarStream === undefined && "tar-stream cannot be installed from npm";

/** Not random, but without a pattern. */
const content = (index: number): Bytes =>
  Uint8Array.from({ length: index * 37 % 3_000 }, (_, at) => at * index + (at >> 3));

/** A tree of 10,000 entries with everything in it that a tree can have. */
function* tree(): Iterable<TarEntry> {
  const common = { uid: 0, gid: 0, mtime: 0, size: 0 };
  for (let index = 0; index < 10_000; index++) {
    const directory = `dir${index % 20}`;
    const name = `${directory}/file ${index}`;
    const file = { ...common, type: "file", mode: 0o644 } as const;
    const bytes = content(index);
    const full = { ...file, size: bytes.length, content: bytes };
    const link = { ...common, mode: 0o777, linkPath: `${directory}/target` };
    switch (index % 25) {
      case 0:
        yield { ...common, path: `${name}/`, type: "directory", mode: 0o1755 };
        break;
      case 1:
        yield { ...full, path: `${directory}/${"long".repeat(index % 60)}${index}` };
        break;
      case 2:
        yield { ...full, path: `${directory}/${"é層🚀".repeat(index % 27)}${index}` };
        break;
      case 3:
        yield { ...full, path: `${`${directory}/`.repeat(index % 150)}${index}` };
        break;
      case 4:
        yield { ...link, path: name, type: "symlink" };
        break;
      case 5:
        yield { ...link, path: name, type: "symlink", linkPath: `../${"ü".repeat(index % 200)}` };
        break;
      case 6:
        yield { ...file, path: name };
        break;
      case 7:
        yield { ...full, path: name, mode: 0o6755 };
        break;
      case 8:
        yield { ...full, path: name, uid: 3_000_000 + index, gid: 4_000_000_000 };
        break;
      case 9:
        yield { ...full, path: name, mtime: index * 800_000 + 0.5 };
        break;
      case 10:
        yield { ...full, path: `${directory}/quote" \\ tab\tline\n${index}` };
        break;
      case 11:
        // Ten before it is a directory, four before it a file of its own.
        yield {
          ...link,
          path: name,
          type: "hard-link",
          linkPath: `dir${(index - 4) % 20}/file ${index - 4}`,
          mode: 0o6755,
        };
        break;
      case 12:
        yield { ...common, path: name, type: "fifo", mode: 0o600 };
        break;
      default:
        yield { ...full, path: name };
    }
  }
}

/** The same in the words of the readers. */
const listed = ({ path, type, mode, uid, gid, mtime, size, linkPath = "" }: TarEntry): Listed => ({
  path,
  type,
  mode,
  uid,
  gid,
  mtime: Math.floor(mtime),
  size,
  linkPath,
});

/** Compares one by one, so that a failure shows one entry and not 10,000. */
function assertEqual(found: readonly unknown[], expected: readonly unknown[]): void {
  for (const [index, entry] of expected.entries()) assert.deepEqual(found[index], entry);
  assert.equal(found.length, expected.length);
}

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** Writes an archive of the tree. */
async function writeTree(directory: string): Promise<string> {
  const file = join(directory, "tree.tar");
  const descriptor = fs.openSync(file, "w");
  for await (const chunk of writeTar(tree())) fs.writeSync(descriptor, chunk);
  fs.closeSync(descriptor);
  return file;
}

test(
  "GNU tar reads 10,000 entries as they were written",
  { skip: SKIP_GNU_TAR },
  () =>
    withDirectory(async (directory) => {
      const file = await writeTree(directory);
      assertEqual(listWithGnuTar(file), [...tree()].map(listed));
      const contents = createHash("sha256");
      for (const entry of tree()) contents.update(entry.content as Bytes ?? "");
      const { status, output } = run("tar", ["-xOf", file]);
      assert.equal(status, 0);
      assert.equal(createHash("sha256").update(output).digest("hex"), contents.digest("hex"));
    }),
);

test(
  "bsdtar reads 10,000 entries as they were written",
  { skip: SKIP_BSDTAR },
  () =>
    withDirectory(async (directory) => {
      const file = await writeTree(directory);
      const expected = [...tree()].map((entry) => ({
        ...listed(entry),
        path: entry.path.replace(/\/$/, ""),
        // mtree has no hard links, and bsdtar says of each entry what its header says.
        type: entry.type === "hard-link" ? "file" : entry.type,
        linkPath: entry.type === "symlink" ? entry.linkPath ?? "" : "",
        sha256: entry.type === "file" ? sha256(entry.content as Bytes ?? new Uint8Array()) : "",
      }));
      // mtree goes directory by directory.
      const byPath = (a: Listed, b: Listed): number => a.path < b.path ? -1 : 1;
      assertEqual(listWithBsdtar(file).sort(byPath), expected.sort(byPath));
    }),
);

test(
  "tar-stream reads 10,000 entries as they were written",
  { skip: SKIP_TAR_STREAM },
  async () => {
    const found = createHash("sha256");
    const contents = createHash("sha256");
    if (tarStream === undefined) return;
    const entries = await listWithTarStream(tarStream, writeTar(tree()), (chunk) => {
      found.update(chunk);
    });
    // It reads no numbers of owners from pax records, and takes what the header can hold.
    const expected = [...tree()].map(listed).map((entry) =>
      entry.uid > 0o7777777 ? { ...entry, uid: 0, gid: 0 } : entry
    );
    assertEqual(entries, expected);
    for (const entry of tree()) contents.update(entry.content as Bytes ?? "");
    assert.equal(found.digest("hex"), contents.digest("hex"));
  },
);

/** The part of `@std/tar` that is used. */
interface StdTar {
  readonly UntarStream: new () => TransformStream<Bytes, UntarEntry>;
}

interface UntarEntry {
  readonly path: string;
  readonly readable?: ReadableStream<Bytes>;
}

const STD_TAR = "jsr:@std/tar@^0.1.0/untar-stream";

/** Tried apart, so that a test that is not run is shown as one. */
function skipStdTar(): string | false {
  if (!("Deno" in globalThis)) return "it is read on Deno";
  const script = `await import(${JSON.stringify(STD_TAR)})`;
  const { status } = spawnSync(execPath, ["eval", "--no-lock", script], { timeout: 20_000 });
  return status === 0 ? false : "JSR cannot be reached";
}

test("UntarStream of @std/tar reads 10,000 entries as they were written", {
  skip: skipStdTar(),
}, async () => {
  // A variable, so that nobody resolves it who does not run this.
  const specifier = STD_TAR;
  const std: StdTar = await import(specifier);
  const found: string[] = [];
  const contents = createHash("sha256");
  for await (const entry of toReadable(writeTar(tree())).pipeThrough(new std.UntarStream())) {
    found.push(entry.path);
    for await (const chunk of entry.readable ?? []) contents.update(chunk);
  }
  const expected = createHash("sha256");
  for (const entry of tree()) expected.update(entry.content as Bytes ?? "");
  assert.equal(contents.digest("hex"), expected.digest("hex"));
  assert.equal(found.length, 10_000);
});

/** An archive with one file of 9 GiB, which is a hole on disk. */
async function writeHuge(directory: string): Promise<{ file: string; entry: TarEntry }> {
  const size = 9 * 2 ** 30;
  const entry = {
    path: "huge",
    type: "file",
    mode: 0o644,
    uid: 0,
    gid: 0,
    mtime: 0,
    size,
  } as const;
  const file = join(directory, "huge.tar");
  const headers = encodeHeaders(entry);
  fs.writeFileSync(file, headers);
  await fs.promises.truncate(file, headers.length + size + END.length);
  return { file, entry };
}

test(
  "GNU tar and bsdtar read a size of 9 GiB",
  { skip: SKIP_GNU_TAR || SKIP_BSDTAR },
  () =>
    withDirectory(async (directory) => {
      const { file, entry } = await writeHuge(directory);
      assert.deepEqual(listWithGnuTar(file), [listed(entry)]);
      const { status, output } = run("bsdtar", ["-tvf", file]);
      assert.equal(status, 0);
      assert.match(new TextDecoder().decode(output), / 9663676416 .* huge\n$/);
    }),
);

test(
  "tar-stream reads a size of 9 GiB",
  { skip: SKIP_TAR_STREAM },
  () =>
    withDirectory(async (directory) => {
      const { file, entry } = await writeHuge(directory);
      const extractor = tarStream?.extract();
      assert.ok(extractor);
      fs.createReadStream(file, { end: 1_000_000 }).pipe(extractor);
      for await (const { header } of extractor) {
        assert.deepEqual([header["name"], header["size"]], ["huge", entry.size]);
        break;
      }
    }),
);

test("GNU tar and bsdtar unpack files from disk as they were", {
  skip: SKIP_GNU_TAR || SKIP_BSDTAR,
}, () =>
  withDirectory(async (directory) => {
    const source = join(directory, "source");
    makeSampleTree(source);
    const file = join(directory, "files.tar");
    const descriptor = fs.openSync(file, "w");
    const layer = addFiles({ additions: [{ source, destination: "/" }], mtime: "keep" });
    for await (const chunk of layer()) fs.writeSync(descriptor, chunk);
    fs.closeSync(descriptor);

    for (const tool of ["tar", "bsdtar"]) {
      const unpacked = join(directory, tool);
      fs.mkdirSync(unpacked);
      const { status, errors } = run(tool, ["-xpf", file, "-C", unpacked]);
      assert.equal(status, 0, errors);
      assertEqual(describe(unpacked), describe(source));
    }
  }));

/** All that a tree on disk holds. */
function describe(directory: string): unknown[] {
  const names = new Map<string, string>();
  return [...walkFiles(directory)].map(({ path, type, mode, mtime, size, linkPath, identity }) => {
    const content = type === "file" ? sha256(fs.readFileSync(join(directory, path))) : "";
    const first = identity === undefined ? undefined : names.get(identity) ?? path;
    if (identity !== undefined && first !== undefined) names.set(identity, first);
    // The time of a symlink is not set by all of them.
    return {
      path,
      type,
      mode,
      mtime: type === "symlink" ? 0 : mtime,
      size,
      linkPath,
      first,
      content,
    };
  });
}

for (const { name, skip, make } of ARCHIVERS) {
  test(
    `TarScanner accepts what ${name} makes, with every chunk size`,
    { skip },
    () =>
      withDirectory(async (directory) => {
        const source = join(directory, "source");
        const paths = makeSampleTree(source);
        const archive = await make(source);
        if (archive === undefined) return;
        const entries = scan(archive);
        const found = entries.map(({ path }) => path.replace(/^\.\/|\/$/g, "")).filter((path) =>
          path !== ""
        );
        assert.ok(found.length >= 5);
        for (const path of found) assert.ok(paths.includes(path), path);
        // The oldest formats hold no long names: then there are fewer entries.
        if (!/v7|ustar/.test(name)) assert.equal(found.length, paths.length);
        for (let size = 1; size <= 1_025; size += 41) {
          assert.deepEqual(scan(archive, size), entries);
        }
      }),
  );
}

test("TarScanner reads 100 GiB of content without touching it", () => {
  const scanner = new TarScanner();
  const size = 100 * 2 ** 30;
  const entry = { path: "a", type: "file", mode: 0, uid: 0, gid: 0, mtime: 0, size } as const;
  scanner.write(encodeHeaders(entry));
  const chunk = new Uint8Array(2 ** 20);
  for (let left = size; left > 0; left -= chunk.length) scanner.write(chunk);
  scanner.write(END);
  scanner.end();
  assert.equal(scanner.entryCount, 1);
});
