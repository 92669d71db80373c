// deno-lint-ignore-file camelcase -- the names are those of walkdir.
import assert from "node:assert/strict";
import { mkdir, symlink, utimes, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import process from "node:process";
import { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { test } from "node:test";
import { type Bytes, concatBytes } from "../../lib/base/bytes.ts";
import { collectBytes } from "../../lib/base/collect.ts";
import { localFiles } from "../../lib/host/files/host_files.ts";
import { CustomFile } from "../../lib/container_image_builder/custom_file.ts";
import {
  pack,
  packFiles,
  type PackOptions,
  type PackPaths,
} from "../../lib/container_image_builder/pack_files.ts";
import { compileGlob } from "../../lib/container_image_builder/glob.ts";
import { withDirectory } from "../host/temporary.ts";
import { readEntries, type ReadEntry } from "../image/read_entries.ts";

/** A project with an ignore file and a link to a directory outside of it. */
const PROJECT: Readonly<Record<string, string>> = {
  "project/.ignore": "# comment\n\n**/taco.yaml\n",
  "project/index.js": "index",
  "project/test/taco.yaml": "taco",
  "project/test/test.js": "test",
  "outside/a-file.js": "a",
};

async function withProject<T>(action: (path: string) => Promise<T>): Promise<T> {
  return await withDirectory(async (directory) => {
    await writeFiles(directory, PROJECT);
    await symlink("../outside", join(directory, "project", "lib"), "dir");
    return await action(directory);
  });
}

async function writeFiles(
  directory: string,
  files: Readonly<Record<string, string>>,
): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), content);
  }
}

async function packed(paths: PackPaths, options: PackOptions = {}): Promise<ReadEntry[]> {
  return readEntries(await collectBytes(packFiles(paths, options, { files: localFiles }).open()));
}

async function pathsOf(paths: PackPaths, options?: PackOptions): Promise<string[]> {
  return (await packed(paths, options)).map(({ path }) => path);
}

test("pack() takes a directory's contents, with links replaced by what they point to", async () => {
  await withProject(async (directory) => {
    assert.deepEqual(await pathsOf({ "/apples": join(directory, "project") }), [
      "apples/.ignore",
      "apples/index.js",
      "apples/lib/",
      "apples/lib/a-file.js",
      "apples/test/",
      "apples/test/taco.yaml",
      "apples/test/test.js",
    ]);
  });
});

test("pack() keeps links if it is told to", async () => {
  await withProject(async (directory) => {
    const entries = await packed({ "/": join(directory, "project") }, { find_links: false });
    const link = entries.find(({ path }) => path === "lib");
    assert.equal(link?.type, "symlink");
    assert.equal(link?.linkPath, "../outside");
  });
});

test("pack() takes a link to a directory that was walked already with its contents", async () => {
  await withDirectory(async (directory) => {
    await writeFiles(directory, { "a/file": "1" });
    await symlink("a", join(directory, "b"), "dir");
    assert.deepEqual(await pathsOf({ "/": directory }), ["a/", "a/file", "b/", "b/file"]);
  });
});

test("pack() honours an ignore file", async () => {
  await withProject(async (directory) => {
    const paths = await pathsOf({ "/apples": join(directory, "project") }, {
      ignoreFiles: [".ignore"],
    });
    assert.ok(!paths.includes("apples/test/taco.yaml"));
    assert.equal(paths.length, 6);
  });
});

test("pack() honours an ignore file in any directory, for what is below it", async () => {
  await withDirectory(async (directory) => {
    await writeFiles(directory, {
      "x": "1",
      "a/.ignore": "x\n*.log\n # b\n/b",
      "a/x": "1",
      "a/b/x": "1",
      "a/c.log": "1",
      "c.log": "1",
    });
    assert.deepEqual(await pathsOf({ "/": directory }, { ignoreFiles: [".ignore"] }), [
      "a/",
      "a/.ignore",
      "a/b/",
      "a/b/x",
      "c.log",
      "x",
    ]);
  });
});

test("pack() honours globs at the root of each of several directories", async () => {
  await withProject(async (directory) => {
    const paths = {
      "/apples": join(directory, "project"),
      "/oranges": join(directory, "project"),
    };
    const options = { ignores: ["**/test", "lib"] };
    assert.deepEqual(await pathsOf(paths, options), [
      "apples/.ignore",
      "apples/index.js",
      "oranges/.ignore",
      "oranges/index.js",
    ]);
    assert.deepEqual(options, { ignores: ["**/test", "lib"] });
  });
});

test("pack() understands braces in globs", async () => {
  const matched = ["abf", "acdf", "acef", "acf", "af"].filter(compileGlob("a{b,c{d,e}}f").matches);
  assert.deepEqual(matched, ["abf", "acdf", "acef"]);
  assert.ok(compileGlob("{a}b{}").matches("{a}b{}"));
  await withProject(async (directory) => {
    const paths = await pathsOf({ "/": join(directory, "project") }, {
      ignores: ["**/*.{js,yaml}", "lib"],
    });
    assert.deepEqual(paths, [".ignore", "test/"]);
  });
});

test("pack() asks a filter for every directory, and waits for it", async () => {
  await withProject(async (directory) => {
    const asked: string[] = [];
    const paths = await pathsOf({ "/": join(directory, "project") }, {
      async filter(path, names): Promise<string[]> {
        asked.push(path.slice(directory.length).replaceAll("\\", "/"));
        return await Promise.resolve(
          names.filter((name) => name !== "lib" && name !== "taco.yaml"),
        );
      },
      ignores: [".ignore"],
    });
    assert.deepEqual(paths, ["index.js", "test/", "test/test.js"]);
    assert.deepEqual(asked.sort(), ["/project", "/project/test"]);
  });
});

test("pack() takes several directories", async () => {
  await withProject(async (directory) => {
    const paths = await pathsOf({
      "/oranges": join(directory, "outside"),
      "/apples": join(directory, "project", "test"),
    });
    assert.deepEqual(paths, ["apples/taco.yaml", "apples/test.js", "oranges/a-file.js"]);
  });
});

test("pack() takes a single file", async () => {
  await withProject(async (directory) => {
    const file = join(directory, "project", "index.js");
    assert.deepEqual(await pathsOf({ "/apples/index.js": file }), ["apples/index.js"]);
    assert.deepEqual(await pathsOf({ "/apples/": file }), ["apples/index.js"]);
  });
});

test("pack() takes a single file into a directory that it packs too", async () => {
  await withProject(async (directory) => {
    const paths = await pathsOf({
      "/apples": join(directory, "outside"),
      "/apples/index.js": join(directory, "project", "index.js"),
      "/apples/made": new CustomFile({ data: "made" }),
    });
    assert.deepEqual(paths, ["apples/a-file.js", "apples/index.js", "apples/made"]);
  });
});

test("pack() of one path puts it at the same path", async () => {
  await withProject(async (directory) => {
    const source = join(directory, "outside");
    const place = source.replace(/^[A-Za-z]:/, "").replaceAll("\\", "/").slice(1);
    // Where this is below /tmp, that gets an entry for its mode.
    const paths = (await pathsOf(source)).filter((path) => path !== "tmp/");
    assert.deepEqual(paths, [`${place}/a-file.js`]);
  });
});

test("pack() puts everything under a prefix", async () => {
  await withProject(async (directory) => {
    const paths = await pathsOf({ "/a": join(directory, "outside") }, { tar: { prefix: "/srv" } });
    assert.deepEqual(paths, ["srv/a/a-file.js"]);
  });
});

test("pack() dates files 1970 unless it is told otherwise", async () => {
  await withProject(async (directory) => {
    const outside = join(directory, "outside");
    await utimes(join(outside, "a-file.js"), 1000, 1000);
    const times: number[] = [];
    for (
      const tar of [{}, { noMtime: true }, { noMtime: false }, { mtime: new Date(5_000) }]
    ) {
      const [entry] = await packed({ "/": outside }, { tar });
      times.push(entry?.mtime ?? -1);
      assert.deepEqual([entry?.uid, entry?.gid], [0, 0]);
    }
    assert.deepEqual(times, [0, 0, 1000, 5]);
  });
});

test("pack() gives the same bytes for the same files", async () => {
  const archives: Bytes[] = [];
  for (const names of [["b", "a", "c"], ["c", "b", "a"]]) {
    await withDirectory(async (directory) => {
      for (const name of names) await writeFiles(directory, { [`${name}/${name}`]: name });
      const { open } = packFiles({ "/x": directory }, {}, { files: localFiles });
      archives.push(await collectBytes(open()), await collectBytes(open()));
    });
  }
  for (const archive of archives) assert.deepEqual(archive, archives[0]);
});

test("pack() fails where a file does not exist, and names it", async () => {
  const stream = pack({ "/apples": "does/not/exist" });
  const failure = await new Promise<Error>((resolve, reject) => {
    stream.on("error", resolve);
    stream.on("end", () => reject(new Error("It ended well")));
    stream.resume();
  });
  assert.match(failure.message, /"does\/not\/exist"/);
});

test("pack() fails for a path that leaves the image", () => {
  assert.throws(() => pack({ "/../etc": "." }), /Cannot pack into "\/\.\.\/etc"/);
});

test("pack() gives a stream of Node that can be piped", async () => {
  const chunks: Bytes[] = [];
  const sink = new Writable({
    write(chunk, _, done): void {
      chunks.push(new Uint8Array(chunk));
      done();
    },
  });
  const stream = pack({ "/b": new CustomFile({ data: "bork" }) });
  await pipeline(stream, sink);
  assert.deepEqual(readEntries(concatBytes(chunks)).map(({ path }) => path), ["b"]);
});

test("pack() opens files only as they are read, over more than 1,000 entries", async () => {
  let opened = 0;
  const paths: Record<string, CustomFile> = {};
  async function* content(): AsyncGenerator<Bytes> {
    opened++;
    yield await Promise.resolve(new Uint8Array(10_000));
  }
  for (let number = 0; number < 1_200; number++) {
    paths[`/file-${String(number).padStart(4, "0")}`] = new CustomFile({
      data: { [Symbol.asyncIterator]: content },
      size: 10_000,
    });
  }
  const iterator = packFiles(paths, {}, {}).open()[Symbol.asyncIterator]();
  let size = 0;
  while (size < 2_000_000) size += (await iterator.next()).value?.length ?? 0;
  const soFar = opened;
  assert.ok(soFar > 150 && soFar < 250, `${soFar} files were opened`);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(opened, soFar);
  while (!(await iterator.next()).done);
  assert.equal(opened, 1_200);
});

test("an archive can be read anew unless a stream is in it", () => {
  const replayable = (file: CustomFile): boolean =>
    packFiles({ "/a": file, "/b": "b" }, {}).replayable;
  assert.ok(replayable(new CustomFile({ data: "a" })));
  assert.ok(replayable(new CustomFile({ type: "Directory" })));
  assert.ok(!replayable(new CustomFile({ data: new ReadableStream(), size: 1 })));
});

test("pack() where there are no local files says what to do", async () => {
  await assert.rejects(collectBytes(packFiles({ "/a": "a" }, {}, {}).open()), /use CustomFile/);
});

/** As far as an option says what is packed. */
const TREE: Readonly<Record<string, string>> = {
  "id.key": "1",
  "id.pem": "1",
  "a.js": "1",
  ".env": "1",
  "sub/id.key": "1",
  "sub/deep/b.js": "1",
};

async function withTree(options: PackOptions): Promise<string> {
  return await withDirectory(async (directory) => {
    await writeFiles(directory, TREE);
    return (await pathsOf({ "/c": directory }, options)).join(" ").replaceAll("c/", "");
  });
}

const PACKED: readonly (readonly [PackOptions, string])[] = [
  [{ ignores: ["*.+(key|pem)"] }, ".env a.js sub/ sub/deep/ sub/deep/b.js sub/id.key"],
  [{ ignores: ["id.(key|pem)", "sub"] }, ".env a.js"],
  [{ ignores: ["**/*.@(key|pem)"] }, ".env a.js sub/ sub/deep/ sub/deep/b.js"],
  [{ ignores: ["!(a.js)"] }, "a.js"],
  [{ ignores: ["*"] }, ".env"],
  [{ ignores: ["*", "!a.js"] }, ""],
  [{ ignores: ["!a.js"] }, "a.js"],
  [{ ignores: ["!sub"] }, "sub/"],
  [{ ignores: ["!sub/deep"] }, ""],
  [{ ignores: ["!./a.js"] }, ""],
  [{ ignores: ["!!a.js", "./sub", "/.env"] }, ".env id.key id.pem"],
  [
    { ignores: ["sub/", "/id.key"] },
    ".env a.js id.key id.pem sub/ sub/deep/ sub/deep/b.js sub/id.key",
  ],
  [{ max_depth: 1 }, ".env a.js id.key id.pem sub/"],
  [{ max_depth: 2 }, ".env a.js id.key id.pem sub/ sub/deep/ sub/id.key"],
  [{ max_depth: 0, ignores: ["*"] }, ".env"],
  [{ max_depth: 1, ignores: ["!sub"] }, "sub/"],
  [{ no_recurse: true }, ".env a.js id.key id.pem sub/"],
  [{ tar: { filter: (path) => !/key|pem/.test(path) } }, ".env a.js sub/ sub/deep/ sub/deep/b.js"],
  [
    { tar: { filter: (_, { type }) => type === "File" } },
    ".env a.js id.key id.pem sub/deep/b.js sub/id.key",
  ],
  [{ tar: { filter: (path) => path === "/c/sub/" || path === "/c/a.js" } }, "a.js sub/"],
  [
    { follow_symlinks: true, track_inodes: false, tar: { portable: true } },
    ".env a.js id.key id.pem sub/ sub/deep/ sub/deep/b.js sub/id.key",
  ],
];

for (const [options, expected] of PACKED) {
  const shown = JSON.stringify(
    options,
    (_, value) => typeof value === "function" ? `${value}` : value,
  );
  test(`pack() of ${shown} packs ${expected}`, async () => {
    assert.equal(await withTree(options), expected);
  });
}

test("pack() asks tar.filter about custom files and single files by their own path", async () => {
  await withDirectory(async (directory) => {
    await writeFiles(directory, { "a": "1" });
    const asked: unknown[] = [];
    await packed({
      "/x": new CustomFile({ data: "12", mtime: new Date(1_000) }),
      "/y": join(directory, "a"),
      "/z": new CustomFile({ type: "Symlink", linkPath: "/x" }),
    }, {
      tar: {
        filter(path, { type, size, linkpath }): boolean {
          asked.push([path, type, size, linkpath]);
          return true;
        },
      },
    });
    assert.deepEqual(asked, [
      ["/x", "File", 2, undefined],
      ["/y", "File", 1, undefined],
      ["/z", "SymbolicLink", 0, "/x"],
    ]);
  });
});

test("pack() takes a single file whatever is ignored: it was asked for by its name", async () => {
  await withDirectory(async (directory) => {
    await writeFiles(directory, { "id.key": "1" });
    const options = { ignores: ["*.key"], max_depth: 1 };
    assert.deepEqual(await pathsOf({ "/id.key": join(directory, "id.key") }, options), ["id.key"]);
  });
});

test("pack() tells a filter the absolute path of a directory, and of none that is empty", async () => {
  await withDirectory(async (directory) => {
    await writeFiles(directory, { "a/b": "1" });
    await mkdir(join(directory, "none"));
    const asked: string[] = [];
    const filter = (path: string, names: string[]): string[] => {
      asked.push(path);
      return names;
    };
    await packed({ "/": relative(process.cwd(), directory) }, { filter });
    assert.deepEqual(asked.sort(), [directory, join(directory, "a")]);
    asked.length = 0;
    await packed({ "/": directory }, { filter, max_depth: 1 });
    assert.deepEqual(asked, [directory]);
  });
});

/** Called without types, as JavaScript does. */
const WRONG: readonly (readonly [options: unknown, message: RegExp])[] = [
  [{ ignore: ["*.key"] }, /"ignore": there is no such option, but ignores, /],
  [{ fs: {} }, /"fs"/],
  [{ tar: { Filter: () => true } }, /pack\(\) in tar with "Filter"/],
  [{ tar: { filter: "x" } }, /tar.filter: expected a function, got string/],
  [{ ignores: "*.key" }, /ignores: expected an array, got string/],
  [{ ignoreFiles: ".ignore" }, /ignoreFiles: expected an array/],
  [{ filter: "x" }, /filter: expected a function/],
  [null, /expected an object of options, got null/],
  ["/srv", /expected an object of options, got string/],
];

for (const [options, message] of WRONG) {
  test(`pack() refuses ${JSON.stringify(options)}`, () => {
    assert.throws(() => pack({ "/": "." }, options as PackOptions), { name: "TypeError", message });
  });
}

const FAILING: readonly (readonly [options: unknown, message: RegExp])[] = [
  [{ ignores: [1] }, /Cannot ignore 1: expected a pattern, got number/],
  [{ ignores: ["!"] }, /expected a pattern behind "!"/],
  [{ max_depth: -1 }, /Cannot use -1 as max_depth/],
  [{ max_depth: "1" }, /Cannot use "1" as max_depth/],
  [{ filter: () => undefined }, /expected an array of names, got undefined/],
  [{ filter: () => ["nobody"] }, /there is no "nobody" in it/],
];

for (const [options, message] of FAILING) {
  test(`pack() fails for ${JSON.stringify(options)} with ${message.source}`, async () => {
    await assert.rejects(withTree(options as PackOptions), message);
  });
}
