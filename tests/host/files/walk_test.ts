import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { collectBytes } from "../../../lib/base/collect.ts";
import { addFiles, type AddFilesOptions, measureFiles } from "../../../lib/host/files/add_files.ts";
import { hostProcess } from "../../../lib/host/builtin.ts";
import { walkFiles } from "../../../lib/host/files/walk.ts";
import { IgnoreRules } from "../../../lib/layer/files/ignore.ts";
import type { WalkOptions } from "../../../lib/layer/files/local_files.ts";
import type { TarEntryHeader } from "../../../lib/tar/entry.ts";
import { TarScanner } from "../../../lib/tar/scanner.ts";
import { createRandom } from "../../random.ts";
import { withDirectory } from "../temporary.ts";

const onWindows = hostProcess?.platform === "win32";

/** Makes files: paths to contents; a slash at the end makes a directory, "->" a symlink. */
function make(root: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    const local = join(root, path);
    fs.mkdirSync(path.endsWith("/") ? local : join(local, ".."), { recursive: true });
    if (path.endsWith("/")) continue;
    if (text.startsWith("->")) fs.symlinkSync(text.slice(2), local);
    else fs.writeFileSync(local, text);
  }
}

const walk = (source: string, options?: WalkOptions): string[] =>
  [...walkFiles(source, options)].map(({ path, type }) => type === "directory" ? `${path}/` : path);

async function add(options: AddFilesOptions): Promise<TarEntryHeader[]> {
  const entries: TarEntryHeader[] = [];
  const scanner = new TarScanner({ onEntry: (entry) => entries.push(entry) });
  for await (const chunk of addFiles(options)()) scanner.write(chunk);
  scanner.end();
  return entries;
}

test("walkFiles() yields a directory's contents in order, but not itself", () =>
  withDirectory((root) => {
    make(root, { "b/c": "", "b.c": "", "b-c": "", "a": "", "b/": "", "é/ü": "", "empty/": "" });
    const expected = ["a", "b/", "b/c", "b-c", "b.c", "empty/", "é/", "é/ü"];
    // Siblings are sorted by name; what is in "b" comes right behind it.
    assert.deepEqual(walk(root), expected);
    assert.deepEqual(walk(`${root}/`), expected);
  }));

test("walkFiles() reads no directory that is not wanted", () =>
  withDirectory((root) => {
    make(root, { "a/b/c": "", "a/d/e": "", "f/g": "", "h": "" });
    const asked: string[] = [];
    const isEntered = (path: string): boolean => {
      asked.push(path);
      return path === "a" || path === "a/d";
    };
    assert.deepEqual(walk(root, { isEntered }), ["a/", "a/b/", "a/d/", "a/d/e", "f/", "h"]);
    assert.deepEqual(asked, ["a", "a/b", "a/d", "f"]);
  }));

test(
  "walkFiles() yields a single file, also behind a symlink",
  { skip: onWindows },
  () =>
    withDirectory((root) => {
      make(root, { "file": "12345", "link": "->file", "dir/a": "", "dirlink": "->dir" });
      for (const name of ["file", "link"]) {
        const [file, ...others] = walkFiles(join(root, name));
        assert.deepEqual([file?.path, file?.type, file?.size, others.length], ["", "file", 5, 0]);
      }
      assert.deepEqual(walk(join(root, "dirlink")), ["a"]);
    }),
);

test(
  "walkFiles() keeps modes, links and times",
  { skip: onWindows },
  () =>
    withDirectory((root) => {
      make(root, { "a": "x", "s": "->a", "up": "->../elsewhere" });
      fs.chmodSync(join(root, "a"), 0o6751);
      fs.utimesSync(join(root, "a"), 10, 1_000_000_000.75);
      fs.linkSync(join(root, "a"), join(root, "h"));
      const [a, h, s, up] = walkFiles(root);
      assert.deepEqual([a?.mode, a?.mtime, a?.size], [0o6751, 1_000_000_000, 1]);
      assert.ok(a?.identity !== undefined && a.identity === h?.identity);
      assert.deepEqual([s?.type, s?.linkPath, s?.size], ["symlink", "a", 0]);
      assert.equal(up?.linkPath, "../elsewhere");
    }),
);

test(
  "walkFiles() follows symlinks where it is told to",
  { skip: onWindows },
  () =>
    withDirectory((root) => {
      make(root, { "a": "123", "d/x": "", "la": "->a", "ld": "->d" });
      assert.deepEqual(walk(root, { dereference: true }), ["a", "d/", "d/x", "la", "ld/", "ld/x"]);
      const la = [...walkFiles(root, { dereference: true })].find(({ path }) => path === "la");
      assert.deepEqual([la?.type, la?.size], ["file", 3]);
    }),
);

test(
  "walkFiles() names links that lead nowhere or in a circle",
  { skip: onWindows },
  () =>
    withDirectory((root) => {
      make(root, { "x/broken": "->nowhere" });
      assert.deepEqual(walk(root), ["x/", "x/broken"]);
      assert.throws(() => walk(root, { dereference: true }), {
        message: `Cannot add "${root}/x/broken": there is no such file`,
      });
      fs.rmSync(join(root, "x/broken"));
      make(root, { "x/y/back": "->../../x" });
      assert.throws(() => walk(root, { dereference: true }), {
        message: `Cannot add "${root}/x/y/back": it leads back to "${root}/x"`,
      });
    }),
);

test(
  "walkFiles() leaves out what is ignored, and does not look into it",
  { skip: onWindows },
  () =>
    withDirectory((root) => {
      make(root, { "a": "", "node_modules/x/y": "", "src/b.ts": "", "src/b.js": "" });
      // Reading a directory that cannot be read would fail, unless it is root who reads.
      fs.symlinkSync("nowhere", join(root, "node_modules/broken"));
      const ignore = new IgnoreRules(["node_modules", "**/*.js"]);
      assert.deepEqual(walk(root, { ignore, dereference: true }), ["a", "src/", "src/b.ts"]);
    }),
);

test("walkFiles() brings back a directory with the first thing in it that is kept", () =>
  withDirectory((root) => {
    make(root, { "a/b/c/keep": "", "a/b/drop": "", "a/z/drop": "", "q": "", "r/s": "" });
    const ignore = new IgnoreRules(["*", "!a/b/c/keep", "!**/s"]);
    assert.deepEqual(walk(root, { ignore }), ["a/", "a/b/", "a/b/c/", "a/b/c/keep", "r/", "r/s"]);
    assert.deepEqual(walk(root, { ignore: new IgnoreRules(["*", "!nothing"]) }), ["/"]);
  }));

test("walkFiles() matches a single file by its name", () =>
  withDirectory((root) => {
    make(root, { "dir/file.log": "" });
    const ignore = new IgnoreRules(["*.log"]);
    assert.deepEqual(walk(join(root, "dir/file.log"), { ignore }), []);
    assert.deepEqual(walk(join(root, "dir"), { ignore }), ["/"]);
  }));

test(
  "walkFiles() names what is missing and what cannot be added",
  { skip: onWindows },
  () =>
    withDirectory((root) => {
      assert.throws(() => walk(join(root, "none")), {
        message: `Cannot add "${join(root, "none")}": there is no such file`,
      });
      assert.throws(() => walk(join(root, "*.txt")), {
        message: `Cannot add "${
          join(root, "*.txt")
        }": there is no such file; only a shell would expand the "*"`,
      });
      // Runtimes write so what they could not read.
      assert.throws(() => walk(join(root, "n\ufffd")), {
        message: `Cannot add "${join(root, "n\ufffd")}": its name is not UTF-8; a tar can have it`,
      });
      const pipe = join(root, "pipe");
      if (spawnSync("mkfifo", [pipe]).status !== 0) return;
      const message =
        `Cannot add "${pipe}": it is a named pipe, and only files, directories and symbolic links can be added`;
      assert.throws(() => walk(root), { message });
      assert.throws(() => walk("/dev/null"), /it is a device, and only/);
      assert.deepEqual(walk(root, { ignore: new IgnoreRules(["pipe"]) }), ["/"]);
    }),
);

test(
  "walkFiles() leaves out a socket where that may be told",
  { skip: onWindows },
  () =>
    withDirectory(async (root) => {
      make(root, { a: "a", z: "z" });
      const path = join(root, "app.sock");
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(path, resolve));
      try {
        const left: string[] = [];
        assert.deepEqual(walk(root, { onSocket: (path) => left.push(path) }), ["a", "z"]);
        assert.deepEqual(left, [path]);
        assert.throws(() => walk(root), /it is a socket, and only/);
      } finally {
        await new Promise((resolve) => server.close(resolve));
      }
    }),
);

for (const size of [10, 300_000]) {
  for (const change of [-1, 1]) {
    test(`a file of ${size} bytes that changes by ${change} while it is read is an error`, () =>
      withDirectory(async (root) => {
        const path = join(root, "file");
        fs.writeFileSync(path, new Uint8Array(size));
        const [file] = walkFiles(path);
        assert.equal(file?.size, size);
        fs.writeFileSync(path, new Uint8Array(size + change));
        await assert.rejects(async () => {
          const content = file?.open?.() ?? [];
          if (!(content instanceof Uint8Array)) { for await (const _ of content); }
        }, {
          message:
            `Cannot add "${path}": it changed while it was read, from the ${size} bytes that it had`,
        });
      }));
  }
  test(`a file of ${size} bytes that is gone when it is read is an error`, () =>
    withDirectory(async (root) => {
      const path = join(root, "file");
      fs.writeFileSync(path, new Uint8Array(size));
      const [file] = walkFiles(path);
      assert.equal(file?.size, size);
      fs.rmSync(path);
      await assert.rejects(async () => {
        const content = file?.open?.() ?? [];
        if (!(content instanceof Uint8Array)) { for await (const _ of content); }
      }, { message: `Cannot add "${path}": there is no such file` });
    }));
}

test("addFiles() writes contents of all sizes", () =>
  withDirectory(async (root) => {
    const sizes = [0, 1, 511, 512, 513, 65_536, 262_144, 262_145, 600_000];
    for (const size of sizes) {
      fs.writeFileSync(
        join(root, `f${String(size).padStart(6, "0")}`),
        new Uint8Array(size).fill(size % 251),
      );
    }
    const additions = [{ source: root, destination: "/d" }];
    const entries = await add({ additions });
    assert.deepEqual(entries.map(({ size }) => size), sizes);
    const archive = await collectBytes(addFiles({ additions })());
    let offset = 0;
    for (const size of sizes) {
      const content = archive.subarray(offset + 512, offset + 512 + size);
      assert.ok(content.every((byte) => byte === size % 251));
      offset += 512 + Math.ceil(size / 512) * 512;
    }
  }));

test("addFiles() gives the same bytes for every order of the directory, and for copies of it", () =>
  withDirectory(async (root) => {
    const files = Object.fromEntries(
      Array.from(
        { length: 200 },
        (_, index) => [`d${index % 7}/${index * 7919 % 200}`, `${index}`],
      ),
    );
    make(join(root, "one"), files);
    make(join(root, "two"), Object.fromEntries(Object.entries(files).reverse()));
    const read = (name: string): Promise<Uint8Array> =>
      collectBytes(addFiles({ additions: [{ source: join(root, name), destination: "/" }] })());
    const expected = await read("one");
    assert.deepEqual(await read("two"), expected);

    const random = createRandom();
    const original = fs.readdirSync;
    let shuffles = 0;
    const shuffled = (path: string): fs.Dirent[] => {
      shuffles++;
      return original(path, { withFileTypes: true })
        .map((entry) => [random.next(), entry] as const)
        .sort(([a], [b]) => a - b).map(([, entry]) => entry);
    };
    try {
      fs.readdirSync = shuffled as unknown as typeof original;
      for (let run = 0; run < 3; run++) {
        assert.deepEqual(await read("one"), expected, `seed ${random.seed}, run ${run}`);
      }
    } finally {
      fs.readdirSync = original;
    }
    assert.ok(shuffles > 0);
  }));

test("addFiles() leaves out, changes and deletes as it is told", () =>
  withDirectory(async (root) => {
    make(root, { "a.txt": "1", "b.log": "2", "d/c.log": "3", "d/e": "4" });
    const entries = await add({
      additions: [{ source: root, destination: "/srv/" }],
      ignore: ["**/*.log", "!b.log"],
      owner: { uid: 33, gid: 33 },
      deletions: ["/srv/old"],
      mtime: 5,
    });
    assert.deepEqual(
      entries.map(({ path, uid, gid, mtime }) => [path, uid, gid, mtime]),
      ["srv/.wh.old", "srv/a.txt", "srv/b.log", "srv/d/", "srv/d/e"].map((
        path,
      ) => [path, 33, 33, 5]),
    );
  }));

test("addFiles() makes a directory of one that is empty", () =>
  withDirectory(async (root) => {
    const entries = await add({
      additions: ["/srv/data", "/srv/other/", "/"].map((destination) => ({
        source: root,
        destination,
      })),
    });
    assert.deepEqual(entries.map(({ path }) => path), ["srv/data/", "srv/other/"]);
  }));

test(
  "addFiles() says so of a file that holds more than it says",
  { skip: hostProcess?.platform !== "linux" && "there is no /proc" },
  async () => {
    const additions = [{ source: "/proc/version", destination: "/version" }];
    await assert.rejects(add({ additions }), /"\/proc\/version": it changed while it was read/);
  },
);

test(
  "addFiles() takes a backslash for a part of a name",
  { skip: hostProcess?.platform === "win32" && "it separates names there" },
  () =>
    withDirectory(async (root) => {
      make(root, { "a\\x2db": "", "d\\/c": "" });
      const entries = await add({
        additions: ["a\\x2db", "d\\"].map((name) => ({
          source: join(root, name),
          destination: "/srv/",
        })),
      });
      assert.deepEqual(entries.map(({ path }) => path), ["srv/a\\x2db", "srv/c"]);
    }),
);

test("addFiles() rejects a malformed pattern before it reads anything", () => {
  assert.throws(() => addFiles({ additions: [], ignore: ["["] }), SyntaxError);
});

for (const what of ["file", "large file", "directory above"] as const) {
  test(
    `addFiles() follows no link that took the place of a ${what} after it was listed`,
    { skip: onWindows },
    () =>
      withDirectory(async (root) => {
        make(root, { "app/dir/a": "mine", "secret/a": "else", "secret/b": "else" });
        const size = what === "large file" ? 300_000 : 4;
        for (const path of ["app/dir/a", "secret/a"]) {
          fs.writeFileSync(join(root, path), path.charAt(0).repeat(size));
        }
        const [, file] = [...walkFiles(join(root, "app"))];
        assert.equal(file?.path, "dir/a");
        assert.equal(file?.size, size);
        const swapped = what === "directory above" ? "app/dir" : "app/dir/a";
        fs.renameSync(join(root, swapped), join(root, "gone"));
        const to = what === "directory above" ? "secret" : "secret/a";
        fs.symlinkSync(join(root, to), join(root, swapped));
        await assert.rejects(async () => {
          const content = file?.open?.();
          if (content instanceof Uint8Array) return;
          if (content !== undefined) await collectBytes(content);
        }, /it changed while it was read, to (?:a link|another file)$/);
      }),
  );
}

test(
  "addFiles() goes into no link that took the place of a directory after it was listed",
  { skip: onWindows },
  () =>
    withDirectory((root) => {
      make(root, { "app/dir/a": "mine", "secret/a": "else" });
      const walking = walkFiles(join(root, "app"))[Symbol.iterator]();
      assert.equal(walking.next().value?.path, "dir");
      fs.rmSync(join(root, "app/dir"), { recursive: true });
      fs.symlinkSync(join(root, "secret"), join(root, "app/dir"));
      assert.throws(() => walking.next(), /changed while it was read, from a directory to symlink/);
    }),
);

test("measureFiles() tells the size of a layer that takes a while, once it is known", () =>
  withDirectory(async (root) => {
    make(root, { "a": "x".repeat(600), "b/c": "y" });
    let now = 0;
    const size = measureFiles({ additions: [{ source: root, destination: "/" }] }, () => now);
    assert.equal(size(), undefined);
    now = 2_000;
    while (size() === undefined) await new Promise((resolve) => setTimeout(resolve));
    const archive = addFiles({ additions: [{ source: root, destination: "/" }], onScratch: true });
    assert.equal(size(), (await collectBytes(archive(), { limit: 1e6, what: "it" })).length);
  }));
