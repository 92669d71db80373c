import assert from "node:assert/strict";
import { test } from "node:test";
import { type Bytes, concatBytes } from "../../../lib/base/bytes.ts";
import { collectBytes } from "../../../lib/base/collect.ts";
import { exportFiles, type ExportOptions } from "../../../lib/image/verbs/export.ts";
import { layerEntries } from "../../../lib/layer/merge/layer_entries.ts";
import type { TarEntry } from "../../../lib/tar/entry.ts";
import { writeTar } from "../../../lib/tar/writer.ts";
import { createFakeRegistry } from "../../fake_registry/fake_registry.ts";
import { readDocument, seedImage, seedIndex } from "../fake_images.ts";

/** `dir/`, `file=content`, `link>target`, `hard+target`. */
function entry(text: string): TarEntry {
  const owner = { mode: 0o644, uid: 0, gid: 0, mtime: 0 };
  const [, path = "", kind, rest = ""] = /^([^=>+]*)([=>+]?)(.*)$/.exec(text) ?? [];
  if (kind === ">") return { path, type: "symlink", linkPath: rest, size: 0, ...owner };
  if (kind === "+") return { path, type: "hard-link", linkPath: rest, size: 0, ...owner };
  if (kind === "") {
    return { path, type: path.endsWith("/") ? "directory" : "file", size: 0, ...owner };
  }
  const content = new TextEncoder().encode(rest);
  return { path, type: "file", size: content.length, content, ...owner };
}

async function read(bytes: Bytes): Promise<string[]> {
  const found: string[] = [];
  async function* source(): AsyncIterable<Bytes> {
    // In pieces that fit nothing.
    for (let at = 0; at < bytes.length; at += 701) yield bytes.subarray(at, at + 701);
  }
  for await (const { header, content } of layerEntries(source())) {
    const { path, type, linkPath } = header;
    if (type === "directory") found.push(path);
    else if (type === "symlink") found.push(`${path}>${linkPath}`);
    else if (type === "hard-link") found.push(`${path}+${linkPath}`);
    else {
      const text = new TextDecoder().decode(await collectBytes(content()));
      found.push(`${path}=${text}`);
    }
  }
  return found.sort();
}

async function exported(
  layers: readonly (readonly string[])[],
  options: ExportOptions = {},
): Promise<Bytes> {
  const { store, fetch } = createFakeRegistry();
  const tars = await Promise.all(
    layers.map((layer) => collectBytes(writeTar(layer.map(entry)))),
  );
  await seedImage(store, "acme/app", "1", { tars });
  return await collectBytes(
    exportFiles("registry.test/acme/app:1", { fetch, host: {}, ...options }),
  );
}

const MERGES: readonly (readonly [
  name: string,
  layers: readonly (readonly string[])[],
  merged: readonly string[],
])[] = [
  ["the upper file", [["a=1", "b=2"], ["a=3"]], ["a=3", "b=2"]],
  ["what a whiteout takes away no more", [["d/", "d/a=1", "d/b=2"], ["d/.wh.a"]], [
    "d/",
    "d/b=2",
  ]],
  ["what is brought after a whiteout", [["a=1"], [".wh.a", "a=2"]], ["a=2"]],
  ["of an opaque directory only what is above", [["d/", "d/a=1", "d/e/", "d/e/x=1"], [
    "d/b=2",
    "d/.wh..wh..opq",
  ]], ["d/", "d/b=2"]],
  ["a file that takes the place of a directory", [["d/", "d/a=1"], ["d=2"]], ["d=2"]],
  ["a directory that takes the place of a file", [["d=2"], ["d/", "d/a=1"]], ["d/", "d/a=1"]],
  ["a directory over a directory", [["d/", "d/a=1"], ["d/", "d/b=2"]], [
    "d/",
    "d/a=1",
    "d/b=2",
  ]],
  ["what lies below a link of the base", [["usr/", "usr/bin/", "bin>usr/bin"], ["bin/a=1"]], [
    "bin>usr/bin",
    "usr/",
    "usr/bin/",
    "usr/bin/a=1",
  ]],
  ["what lies below a link that leads out", [["bin>../../../srv"], ["bin/a=1"]], [
    "bin>../../../srv",
    "srv/",
    "srv/a=1",
  ]],
  ["whiteouts below a link", [["usr/", "usr/a=1", "l>usr"], ["l/.wh.a"]], ["l>usr", "usr/"]],
  ["directories without an entry", [["a/b/c=1"]], ["a/", "a/b/", "a/b/c=1"]],
  ["hard links, the first name with the bytes", [["b=1", "a+b"], ["c+b"]], [
    "a=1",
    "b+a",
    "c+a",
  ]],
  ["a hard link whose first name was taken away", [["a=1", "b+a"], [".wh.a"]], ["b=1"]],
  ["a hard link to what was replaced", [["a=1", "b+a"], ["a=2"]], ["a=2", "b=1"]],
  ["empty files and links to them", [["a", "b+a"]], ["a=", "b+a"]],
  ["what no engine heeds not", [["a=1", ".wh..wh.plnk"]], ["a=1"]],
];

for (const [name, layers, merged] of MERGES) {
  test(`exportFiles() shows ${name}`, async () => {
    assert.deepEqual(await read(await exported(layers)), merged);
  });
}

test("exportFiles() writes only what is named, with links on the way followed", async () => {
  const layers = [["usr/", "usr/a=1", "usr/d/", "usr/d/x=2", "l>usr", "b=3"]];
  const paths = ["/l/d", "l/a"];
  assert.deepEqual(await read(await exported(layers, { paths })), [
    "usr/a=1",
    "usr/d/",
    "usr/d/x=2",
  ]);
  await assert.rejects(
    exported(layers, { paths: ["none"] }),
    /Cannot export "none" of .*: it is not there/,
  );
});

/** What blobs of an image are asked for, the base's layer being 0. */
async function layersRead(
  layers: readonly (readonly string[])[],
  paths: readonly string[],
): Promise<{ readonly read: readonly number[]; readonly text: string }> {
  const { store, fetch, requests } = createFakeRegistry();
  // Smaller ones are read whole, and several at once.
  const content = new Uint8Array(1_200_000);
  let state = 1;
  for (const index of content.keys()) content[index] = state = state * 48_271 % 2_147_483_647;
  const padding = { ...entry("z"), size: content.length, content };
  const tars = await Promise.all(
    layers.map((layer) => collectBytes(writeTar([...layer.map(entry), padding]))),
  );
  await seedImage(store, "acme/app", "1", { tars });
  const { layers: descriptors } = readDocument(store, "acme/app", "1");
  const bytes = await collectBytes(
    exportFiles("registry.test/acme/app:1", { fetch, host: {}, paths, as: "file" }),
  );
  const asked = requests.map(({ path }) => path);
  return {
    text: new TextDecoder().decode(bytes),
    read: descriptors.map((_: unknown, index: number) => index).filter((index: number) =>
      asked.some((path) => path.endsWith(descriptors[index].digest))
    ),
  };
}

test("exportFiles() reads the layers from the top, and none below the one that has the file", async () => {
  const layers = [["d/", "d/a=1", "l>d/a"], ["d/b=2"], ["d/a=3", "h+d/a"], ["d/c=4"]];
  assert.deepEqual(await layersRead(layers, ["d/c"]), { read: [3], text: "4" });
  assert.deepEqual(await layersRead(layers, ["d/a"]), { read: [2, 3], text: "3" });
  assert.deepEqual(await layersRead(layers, ["h"]), { read: [2, 3], text: "3" });
  assert.deepEqual(await layersRead(layers, ["l"]), { read: [0, 1, 2, 3], text: "3" });
});

test("exportFiles() finds what a link of another layer hides", async () => {
  const layers = [["usr/", "usr/bin/", "bin>usr/bin", "a=1"], ["bin/x=2"], ["b+a"]];
  for (const path of ["usr/bin/x", "b"]) {
    const text = await exported(layers, { paths: [path], as: "file" });
    assert.equal(new TextDecoder().decode(text), path === "b" ? "1" : "2");
  }
});

test("exportFiles() gives the content of one file, and a list of paths", async () => {
  const layers = [["d/", "d/a=one", "l>d/a", "h+d/a"], ["d/b=2"]];
  const text = async (options: ExportOptions): Promise<string> =>
    new TextDecoder().decode(await exported(layers, options));
  for (const path of ["d/a", "/l", "h"]) {
    assert.equal(await text({ paths: [path], as: "file" }), "one");
  }
  assert.equal(await text({ as: "list" }), "d/\nd/a\nd/b\nh\nl\n");
  const hostile = await exported([["a\nb=1", "\x1b[2J=2"]], { as: "list" });
  assert.equal(new TextDecoder().decode(hostile), "\\033[2J\na\\nb\n");
  await assert.rejects(text({ paths: ["d"], as: "file" }), /as a file: it is a directory/);
  await assert.rejects(text({ as: "file" }), /expected one path, got 0/);
});

const REFUSED:
  readonly (readonly [name: string, layers: readonly (readonly string[])[], reason: RegExp])[] = [
    [
      "an entry that leaves the image",
      [["../a=1"]],
      /Cannot unpack "\.\.\/a" of the image: it leads out/,
    ],
    ["an entry below a file", [["a=1"], ["a/b=1"]], /it is below something that is no directory/],
    ["a link to nothing", [["a+b"]], /it is a link to "b", which is no file/],
    ["links in a circle", [["a>b", "b>a"], ["a/c=1"]], /links on its way lead in a circle/],
  ];
for (const [name, layers, reason] of REFUSED) {
  test(`exportFiles() refuses ${name}`, async () => {
    await assert.rejects(exported(layers), reason);
  });
}

test("exportFiles() wants a platform where there are several images", async () => {
  const { store, fetch } = createFakeRegistry();
  const platforms = ["amd64", "arm64"].map((architecture) => ({ os: "linux", architecture }));
  await seedIndex(store, "acme/app", "1", platforms);
  const all = (options: ExportOptions): Promise<Bytes> =>
    collectBytes(exportFiles("registry.test/acme/app:1", { fetch, host: {}, ...options }));
  await assert.rejects(all({}), /name one platform, of linux\/amd64, linux\/arm64/);
  assert.match((await read(await all({ platform: "linux/arm64" }))).join(), /linux\/arm64/);
});

test("exportFiles() says of what is no container image that it is none", async () => {
  const { store, fetch } = createFakeRegistry();
  const digest = await store.seedBlob("acme/app", new TextEncoder().encode("{}"));
  const config = { mediaType: "application/vnd.oci.empty.v1+json", digest, size: 2 };
  await seedImage(store, "acme/app", "1", { manifest: { config } });
  await assert.rejects(
    collectBytes(exportFiles("registry.test/acme/app:1", { fetch, host: {} })),
    /it is not a container image$/,
  );
});

test("layerEntries() refuses what is cut, wherever that is", async () => {
  const whole = await collectBytes(writeTar([entry("a=1"), entry("b=2")]));
  for (const length of [100, 600, 700, 1100, 1600, 2000]) {
    await assert.rejects(read(concatBytes([whole.slice(0, length)])), /cut short/, `${length}`);
  }
});
