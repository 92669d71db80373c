import assert from "node:assert/strict";
import { test } from "node:test";
import { collectBytes } from "../../../lib/base/collect.ts";
import { parseFileMode } from "../../../lib/layer/files/file_mode.ts";
import { filesLayer, type FilesOptions } from "../../../lib/layer/files/files_layer.ts";
import type { FileSource, SourceFile } from "../../../lib/layer/files/source_file.ts";
import type { TarEntryHeader } from "../../../lib/tar/entry.ts";
import { TarScanner } from "../../../lib/tar/scanner.ts";

/** A source in memory: paths to contents; a slash at the end makes a directory, null contents one with several names. */
function source(
  destination: string,
  files: Readonly<Record<string, string | null>>,
  name = "src",
): FileSource {
  return {
    name,
    destination,
    files: function* (): Iterable<SourceFile> {
      for (const [path, text] of Object.entries(files)) {
        const content = new TextEncoder().encode(text ?? "shared");
        const common = { name: `${name}/${path}`, mtime: 123, mode: 0o640, size: content.length };
        if (path.endsWith("/")) {
          yield { ...common, path: path.slice(0, -1), type: "directory", mode: 0o750, size: 0 };
        } else if (text?.startsWith("->")) {
          yield { ...common, path, type: "symlink", size: 0, linkPath: text.slice(2) };
        } else {
          const shared = text === null ? { identity: `${name} 1` } : {};
          yield { ...common, path, type: "file", open: () => content, ...shared };
        }
      }
    },
  };
}

async function read(options: FilesOptions): Promise<TarEntryHeader[]> {
  const entries: TarEntryHeader[] = [];
  const scanner = new TarScanner({ onEntry: (entry) => entries.push(entry) });
  for await (const chunk of filesLayer(options)()) scanner.write(chunk);
  scanner.end();
  return entries;
}

const paths = async (options: FilesOptions): Promise<string[]> =>
  (await read(options)).map(({ path }) => path);

test("filesLayer() puts a directory's contents under the destination, whose parents have no entry", async () => {
  const sources = [source("/opt/app/", { "a": "", "d/": "", "d/b": "" })];
  assert.deepEqual(await paths({ sources }), ["opt/app/a", "opt/app/d/", "opt/app/d/b"]);
});

test("filesLayer() puts a file to its destination, or into one with a slash", async () => {
  const file = { "": "text" };
  const at = (destination: string): Promise<string[]> =>
    paths({ sources: [source(destination, file, "dir/f.txt")] });
  assert.deepEqual(await at("/etc/app.conf"), ["etc/app.conf"]);
  assert.deepEqual(await at("/etc/"), ["etc/f.txt"]);
  assert.deepEqual(await at("/"), ["f.txt"]);
  assert.deepEqual(await at("."), ["f.txt"]);
  assert.deepEqual(await at("etc/."), ["etc/f.txt"]);
  assert.deepEqual(await at("etc/a."), ["etc/a."]);
  // Linux has backslashes in names; those that Windows puts between them are slashes by now.
  const backslash = source("/x/", file, "dir/a\\b");
  assert.deepEqual(await paths({ sources: [backslash] }), ["x/a\\b"]);
  await assert.rejects(at(""), /Cannot add "dir\/f.txt" at "": that is the root of the image/);
});

test("filesLayer() gives all entries one owner and one time", async () => {
  const sources = [source("/", { "a": "x", "d/": "", "d/l": "->a" })];
  for (const entry of await read({ sources })) {
    assert.deepEqual([entry.uid, entry.gid, entry.mtime], [0, 0, 0]);
  }
  const owner = { uid: 7, gid: 8 };
  for (const entry of await read({ sources, owner, mtime: 1_000, deletions: ["x"] })) {
    assert.deepEqual([entry.uid, entry.gid, entry.mtime], [7, 8, 1_000]);
  }
  const kept = await read({ sources, mtime: "keep", deletions: ["x"] });
  assert.deepEqual(kept.map(({ mtime }) => mtime), [0, 123, 123, 123]);
});

test("filesLayer() keeps modes, or changes them but for symlinks", async () => {
  const sources = [source("/", { "a": "x", "d/": "", "d/l": "->a" })];
  const modes = async (options: FilesOptions): Promise<number[]> =>
    (await read({ sources, ...options })).map(({ mode }) => mode);
  assert.deepEqual(await modes({}), [0o640, 0o750, 0o777]);
  assert.deepEqual(await modes({ chmod: parseFileMode("600") }), [0o600, 0o700, 0o777]);
});

test("filesLayer() merges sources in one order, and the last one wins", async () => {
  const sources = [
    source("/", { "a": "1", "c": "1", "d/": "", "d/x": "1", "d-e": "1" }, "one"),
    source("/", { "b": "2", "c": "22", "d/": "", "d/w": "2", "d/x": "22" }, "two"),
    source("/d", { "v": "3" }, "three"),
  ];
  const entries = await read({ sources });
  assert.deepEqual(entries.map(({ path, size }) => `${path} ${size}`), [
    "a 1",
    "b 1",
    "c 2",
    "d/ 0",
    "d/v 1",
    "d/w 1",
    "d/x 2",
    "d-e 1",
  ]);
});

test("filesLayer() writes later names of a file as hard links, unless it was added twice", async () => {
  const sources = [
    source("/x", { "a": null, "b": null, "c": "other" }),
    source("/y", { "d": null, "e": null }),
  ];
  const entries = await read({ sources });
  assert.deepEqual(entries.map(({ path, type, linkPath, size }) => [path, type, linkPath, size]), [
    ["x/a", "file", undefined, 6],
    ["x/b", "hard-link", "x/a", 0],
    ["x/c", "file", undefined, 5],
    ["y/d", "file", undefined, 6],
    ["y/e", "hard-link", "y/d", 0],
  ]);
});

test("filesLayer() writes whiteouts first, sorted and once", async () => {
  const sources = [source("/", { "a": "x", "y": "" })];
  const entries = await read({
    sources,
    deletions: ["usr/bin/top/", "/usr/bin/top"],
    opaque: ["/var/cache"],
  });
  assert.deepEqual(entries.map(({ path }) => path), [
    "usr/bin/.wh.top",
    "var/cache/.wh..wh..opq",
    "a",
    "y",
  ]);
  assert.deepEqual(
    entries.slice(0, 2).map(({ type, size }) => [type, size]),
    Array(2).fill(["file", 0]),
  );
});

test("filesLayer() makes a deleted directory anew where something is put below it", async () => {
  const put = async (destination: string, files: Record<string, string>): Promise<string[]> =>
    await paths({ deletions: ["/srv/a", "/srv/c"], sources: [source(destination, files)] });
  const made = ["srv/.wh.c", "srv/a/", "srv/a/.wh..wh..opq"];
  assert.deepEqual(await put("/srv/a/b/f", { "": "x" }), [...made, "srv/a/b/f"]);
  assert.deepEqual(await put("/srv/a", { "-": "x" }), [...made, "srv/a/-"]);
  assert.deepEqual(await put("/srv/a/", { "": "x" }), [...made, "srv/a/src"]);
  assert.deepEqual(await put("/", { "etc/": "", "etc/x": "", "srv/": "", "srv/a/": "" }), [
    "srv/.wh.c",
    "etc/x",
    "srv/a/",
    "srv/a/.wh..wh..opq",
  ]);
  const both = { "srv/a/": "", "srv/a/x": "", "srv/b": "", "srv/c/y": "" };
  assert.deepEqual(await put("/", both), [
    ...made.slice(1),
    "srv/a/x",
    "srv/b",
    "srv/c/",
    "srv/c/.wh..wh..opq",
    "srv/c/y",
  ]);
});

test("filesLayer() makes a deleted directory with the options, or keeps the one that is added", async () => {
  const options = { deletions: ["d"], owner: { uid: 7, gid: 8 }, chmod: parseFileMode("600") };
  const looks = async (files: Record<string, string>): Promise<unknown[]> =>
    (await read({ ...options, sources: [source("/", files)] })).slice(0, 2)
      .map(({ path, type, mode, uid, mtime }) => [path, type, mode, uid, mtime]);
  const marker = ["d/.wh..wh..opq", "file", 0o644, 7, 0];
  assert.deepEqual(await looks({ "d/x": "" }), [["d/", "directory", 0o755, 7, 0], marker]);
  assert.deepEqual(await looks({ "d/": "", "d/x": "" }), [
    ["d/", "directory", 0o700, 7, 0],
    marker,
  ]);
});

test("filesLayer() deletes nothing where a file or link takes the place", async () => {
  for (const text of ["x", "->/y"]) {
    const sources = [source("/", { "srv/a": text, "srv/b": "" })];
    const removals = { deletions: ["/srv/a", "/srv/b/c"], opaque: ["/srv/a/b"] };
    assert.deepEqual(await paths({ sources, ...removals }), ["srv/a", "srv/b"]);
    assert.deepEqual(await paths({ sources, opaque: ["/srv/a"] }), ["srv/a", "srv/b"]);
  }
});

test("filesLayer() leaves out what goes with a directory that is deleted or hidden", async () => {
  const deletions = ["/srv/a", "/srv/a/old", "/srv/a-b", "/srv/o/x"];
  assert.deepEqual(
    await paths({ deletions, opaque: ["/srv/a/o", "/srv/a", "/srv/o", "/srv/o/p"] }),
    [
      "srv/.wh.a",
      "srv/.wh.a-b",
      "srv/o/.wh..wh..opq",
    ],
  );
});

test("filesLayer() keeps directories that the base has no longer", async () => {
  const sources = [source("/", { "usr/": "", "usr/lib/": "", "usr/lib/x": "" })];
  assert.deepEqual(await paths({ sources, deletions: ["/usr"] }), [
    "usr/",
    "usr/.wh..wh..opq",
    "usr/lib/",
    "usr/lib/x",
  ]);
  assert.deepEqual(await paths({ sources, opaque: ["/usr"] }), [
    "usr/.wh..wh..opq",
    "usr/lib/",
    "usr/lib/x",
  ]);
});

test("filesLayer() keeps all directories where there is no base", async () => {
  const sources = [
    source("/", { "tmp/": "", "tmp/x": "", "usr/": "", "usr/lib/": "", "usr/lib/x": "" }),
  ];
  assert.deepEqual(await paths({ sources, onScratch: true }), [
    "tmp/",
    "tmp/x",
    "usr/",
    "usr/lib/",
    "usr/lib/x",
  ]);
});

test("filesLayer() gives directories their usual modes where engines would make them 0755", async () => {
  const owner = { uid: 7, gid: 8 };
  const chmod = parseFileMode("644");
  const looks = async (options: FilesOptions): Promise<unknown[]> =>
    (await read({ owner, chmod, ...options })).map(({ path, mode, uid, gid }) =>
      [path, mode.toString(8), uid, gid].join(" ")
    );
  const files = {
    "rootless": "",
    "tmp/": "",
    "tmp/a": "",
    "tmp/b/": "",
    "var/": "",
    "var/tmp/c": "",
  };
  const sources = [source("/", files), source("/root/d", { "": "" })];
  assert.deepEqual(await looks({ sources }), [
    "root/ 700 0 0",
    "root/d 644 7 8",
    "rootless 644 7 8",
    "tmp/ 1777 0 0",
    "tmp/a 644 7 8",
    "tmp/b/ 755 7 8",
    "var/tmp/ 1777 0 0",
    "var/tmp/c 644 7 8",
  ]);
  assert.deepEqual(
    await looks({ deletions: ["/tmp/x", "/root", "/tmp/y"], opaque: ["/var/tmp"] }),
    [
      ".wh.root 644 7 8",
      "tmp/ 1777 0 0",
      "tmp/.wh.x 644 7 8",
      "tmp/.wh.y 644 7 8",
      "var/tmp/ 1777 0 0",
      "var/tmp/.wh..wh..opq 644 7 8",
    ],
  );
  assert.deepEqual(await looks({ deletions: ["/tmp"], sources: [source("/tmp/a", { "": "" })] }), [
    "tmp/ 1777 0 0",
    "tmp/.wh..wh..opq 644 7 8",
    "tmp/a 644 7 8",
  ]);
});

test("filesLayer() rejects deletions that delete nothing, and paths outside of the image", () => {
  for (const path of ["/", "", "a/.wh.b", "..", "a/../.."]) {
    assert.throws(() => filesLayer({ deletions: [path] }), SyntaxError, path);
  }
  assert.throws(() => filesLayer({ opaque: ["../a"] }), SyntaxError);
  assert.throws(() => filesLayer({ opaque: ["/a/.."] }), {
    name: "SyntaxError",
    message:
      'expected a directory below the root, got "/a/..": no engine hides a whole base; name directories of it, or start from "scratch"',
  });
  assert.throws(() => filesLayer({ sources: [source("/../a", {})] }), SyntaxError);
});

test("filesLayer() refuses files whose names would delete others", async () => {
  await assert.rejects(paths({ sources: [source("/", { "d/.wh.a": "" })] }), {
    message: 'Cannot add "src/d/.wh.a": in a layer, a name that starts with ".wh." deletes a file',
  });
  assert.deepEqual(await paths({ sources: [source("/", { "d/a.wh.": "" })] }), ["d/a.wh."]);
});

test("filesLayer() refuses what is below a file", async () => {
  const sources = [source("/", { "a/": "", "a/b": "x" }, "one"), source("/a", { "": "x" }, "two")];
  await assert.rejects(paths({ sources }), {
    message: 'Cannot add "one/a/b" at "/a/b": "two/" is added as a file at "/a"',
  });
});

test("filesLayer() refuses a layer with nothing in it, and names what was to be added", async () => {
  for (const onScratch of [false, true]) {
    const sources = [source("/", { "/": "" }, "e"), source("/srv", {}, "f")];
    await assert.rejects(read({ sources, onScratch }), {
      name: "LayerError",
      message:
        'Cannot add "e", "f": there is nothing to add: the directory is empty, or all of it is ignored',
    });
    await assert.rejects(read({ onScratch }), {
      name: "LayerError",
      message: "Cannot make a layer of no files",
    });
  }
  const sources = [source("/", { "/": "" })];
  assert.deepEqual(await paths({ sources, deletions: ["/a"] }), [".wh.a"]);
});

test("filesLayer() leaves the base's own directories alone, unless they are empty", async () => {
  const files = {
    "bin/": "",
    "bin/tool": "",
    "etc/": "",
    "etc/app/": "",
    "etc/app/conf": "",
    "tmp/": "",
    "usr/": "",
    "usr/lib/": "",
    "usr/lib/x/": "",
    "var/": "",
    "var/log/": "",
  };
  assert.deepEqual(await paths({ sources: [source("/", files)] }), [
    "bin/tool",
    "etc/app/",
    "etc/app/conf",
    "tmp/",
    "usr/lib/x/",
    "var/log/",
  ]);
  assert.deepEqual(await paths({ sources: [source("/srv/x", { "bin/": "", "bin/a": "" })] }), [
    "srv/x/bin/",
    "srv/x/bin/a",
  ]);
});

test("filesLayer() can be opened again, and gives the same bytes", async () => {
  const open = filesLayer({ sources: [source("/", { "a": "x", "b": null })] });
  assert.deepEqual(await collectBytes(open()), await collectBytes(open()));
});

test("filesLayer() ends its sources when it is left", async () => {
  let ended = false;
  const endless: FileSource = {
    name: "endless",
    destination: "/",
    files: function* (): Iterable<SourceFile> {
      try {
        for (let index = 0;; index++) {
          const path = String(index).padStart(9, "0");
          yield { path, name: path, type: "directory", mode: 0o755, mtime: 0, size: 0 };
        }
      } finally {
        ended = true;
      }
    },
  };
  for await (const _ of filesLayer({ sources: [endless] })()) break;
  assert.ok(ended);
});
