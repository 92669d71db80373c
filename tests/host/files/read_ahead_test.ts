import assert from "node:assert/strict";
import fs from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { collectBytes } from "../../../lib/base/collect.ts";
import { addFiles } from "../../../lib/host/files/add_files.ts";
import { hostProcess } from "../../../lib/host/builtin.ts";
import { LocalFile } from "../../../lib/host/files/local_file.ts";
import { readAhead } from "../../../lib/host/files/read_ahead.ts";
import { walkFiles } from "../../../lib/host/files/walk.ts";
import { filesLayer } from "../../../lib/layer/files/files_layer.ts";
import type { PlacedFile } from "../../../lib/layer/files/merge_sources.ts";
import { withDirectory } from "../temporary.ts";

const skip = hostProcess?.platform === "win32" && "there are no symlinks to make";

/** Enough files for a thread: of all sizes, some with two names, some behind links. */
function makeTree(root: string): void {
  for (let index = 0; index < 1_300; index++) {
    const directory = join(root, `d${index % 13}`);
    if (index < 13) fs.mkdirSync(directory);
    const path = join(directory, `file ${index}`);
    if (index % 101 === 60) fs.symlinkSync(`file ${index - 13}`, path);
    else if (index % 101 === 50) fs.linkSync(join(directory, `file ${index - 13 * 3}`), path);
    else {
      const size = index % 400 === 1 ? 70_000 + index : index % 500 === 2 ? 300_000 : index % 3_000;
      fs.writeFileSync(path, new Uint8Array(size).fill(index), { mode: 0o600 + index % 0o100 });
    }
  }
}

test(
  "a layer of files that are read ahead has the same bytes",
  { skip },
  () =>
    withDirectory(async (root) => {
      makeTree(root);
      for (const dereference of [false, true]) {
        const files = {
          name: root,
          destination: "/x",
          files: () => walkFiles(root, { dereference }),
        };
        const plain = await collectBytes(filesLayer({ sources: [files], mtime: "keep" })());
        const ahead = addFiles({
          additions: [{ source: root, destination: "/x" }],
          deletions: ["gone"],
          mtime: "keep",
          dereference,
        });
        const bytes = await collectBytes(ahead());
        assert.deepEqual(bytes.subarray(512), plain);
      }
    }),
);

const source = { name: "src", destination: "/", files: () => [] };

/** Files that are not there, or not what their directory said. */
function placed(root: string, count: number): PlacedFile[] {
  return Array.from({ length: count }, (_, index) => {
    const path = `f${index}`;
    const options = { path, name: join(root, path), type: "file", follow: false } as const;
    return { path, file: new LocalFile(options), source };
  });
}

test("readAhead() gives all files back in their order, and leaves errors to who asks for them", () =>
  withDirectory(async (root) => {
    for (let index = 0; index < 1_600; index++) {
      fs.writeFileSync(join(root, `f${index}`), "content");
    }
    fs.rmSync(join(root, "f1100"));
    fs.rmSync(join(root, "f1300"));
    fs.mkdirSync(join(root, "f1300"));
    const files = placed(root, 1_600);
    const found: PlacedFile[] = [];
    for await (const batch of readAhead(files)) found.push(...batch);
    assert.deepEqual(found, files);
    assert.throws(() => found[1_100]?.file.size, {
      message: `Cannot add "${join(root, "f1100")}": there is no such file`,
    });
    assert.throws(() => found[1_300]?.file.size, {
      message: `Cannot add "${
        join(root, "f1300")
      }": it changed while it was read, from a file to directory`,
    });
    assert.equal(found[1_599]?.file.size, 7);
  }));

test("readAhead() ends its thread when it is left", () =>
  withDirectory(async (root) => {
    fs.writeFileSync(join(root, "f0"), "content");
    let count = 0;
    for await (const batch of readAhead(placed(root, 10_000))) {
      count += batch.length;
      if (count > 3_000) break;
    }
    assert.equal(count, 3_500);
  }));

test("readAhead() does not go on where the walk fails", () =>
  withDirectory(async (root) => {
    const failure = new Error("broken");
    function* files(): Iterable<PlacedFile> {
      yield* placed(root, 1_600);
      throw failure;
    }
    await assert.rejects(async () => {
      for await (const _ of readAhead(files()));
    }, failure);
  }));
