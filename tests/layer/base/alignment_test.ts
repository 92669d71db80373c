import assert from "node:assert/strict";
import { test } from "node:test";
import { BaseView } from "../../../lib/layer/base/base_view.ts";
import { Alignment, type AlignmentOptions } from "../../../lib/layer/base/alignment.ts";
import { LayerListing } from "../../../lib/layer/base/layer_listing.ts";
import type { TarEntryHeader } from "../../../lib/tar/entry.ts";

const notAsked = (): Promise<never> =>
  Promise.reject(new Error("nobody asks for a tree or a content"));

/** `dir/`, `link -> target`, `link => target` for a hard link, or a file; directories may have a mode and an owner behind them. */
function entry(text: string): TarEntryHeader {
  const [path = "", mode = "755", owner = "0"] = text.split(/ (?![-=]>)(?<![-=]> )/);
  const common = { uid: Number(owner), gid: Number(owner), mtime: 5, size: 0, mode: 0o644 };
  const [, name, kind, linkPath] = /^(.*) ([-=])> (.*)$/.exec(text) ?? [];
  if (name !== undefined && linkPath !== undefined) {
    return { ...common, path: name, type: kind === "-" ? "symlink" : "hard-link", linkPath };
  }
  return path.endsWith("/")
    ? { ...common, path, type: "directory", mode: parseInt(mode, 8) }
    : { ...common, path, type: "file" };
}

/** `entry` the other way around. */
function show({ path, type, mode, uid, linkPath }: TarEntryHeader): string {
  if (linkPath !== undefined) return `${path} ${type === "symlink" ? "->" : "=>"} ${linkPath}`;
  return type === "directory" ? `${path} ${mode.toString(8)} ${uid}` : path;
}

/** From the top down. */
type Layers = LayerListing[];

function listingOf(texts: readonly string[]): LayerListing {
  const listing = new LayerListing();
  for (const text of texts) listing.add(entry(text));
  listing.complete();
  return listing;
}

/** Layers from the lowest up. */
function treeOf(...layers: readonly string[][]): Layers {
  return layers.map(listingOf).reverse();
}

/** Aligns entries one after the other, and shows what comes out. */
async function align(options: AlignmentOptions, layer: readonly string[]): Promise<string[]> {
  const alignment = new Alignment(options);
  const shown: string[] = [];
  for (const text of layer) {
    const header = entry(text);
    await alignment.prepare(header);
    const placed = alignment.place(header);
    const before = alignment.missingParents(placed);
    alignment.add(placed, before);
    shown.push(...[...before, placed].map(show));
  }
  return shown;
}

/** Aligns a layer with others, on top of which it then lies, and lists what it holds. */
async function fit(layers: Layers, layer: readonly string[]): Promise<string[]> {
  const listing = new LayerListing();
  const shown = await align({
    base: {
      view: new BaseView([...layers]),
      ask: () => Promise.resolve(true),
      treeOf: notAsked,
      mayKeepNamed: notAsked,
      contentOf: notAsked,
    },
    isAsked: () => true,
    mayBeLink: () => true,
    listing,
  }, layer);
  listing.complete();
  layers.unshift(listing);
  return shown;
}

test("Alignment gives directories above an entry the mode and owner of the base, or makes them, each once", async () => {
  const tree = treeOf(["home/", "home/node/ 750 1000", "opt/x"]);
  assert.deepEqual(await fit(tree, ["home/node/a", "home/node/b/c", "opt/y", "d/e"]), [
    "home/ 755 0",
    "home/node/ 750 1000",
    "home/node/a",
    "home/node/b/ 755 0",
    "home/node/b/c",
    "opt/ 755 0",
    "opt/y",
    "d/ 755 0",
    "d/e",
  ]);
});

test("Alignment leaves a directory to the layer that brings it", async () => {
  const tree = treeOf(["srv/ 700 7", "srv/a/ 700 7"]);
  const layer = ["srv/ 711 1", "srv/a/b"];
  assert.deepEqual(await fit(tree, layer), ["srv/ 711 1", "srv/a/ 700 7", "srv/a/b"]);
});

test("Alignment counts the layers below as the base, and not what they only name", async () => {
  const tree = treeOf(["srv/ 700 7"]);
  assert.deepEqual(await fit(tree, ["srv/ 711 1", "srv/sub/ 720 2"]), [
    "srv/ 711 1",
    "srv/sub/ 720 2",
  ]);
  assert.deepEqual(await fit(tree, ["srv/sub/x"]), ["srv/ 711 1", "srv/sub/ 720 2", "srv/sub/x"]);
});

test("Alignment follows links above an entry, relative, absolute and through others", async () => {
  const tree = treeOf([
    ...["usr/ 711", "usr/bin/", "bin -> usr/bin", "var/", "var/run -> /run", "run/ 770 3"],
    ...["a/b -> ../c/./d", "c -> e", "e/d -> ../../../usr", "end -> /"],
  ]);
  const layer = [
    ...["bin/tool", "var/run/pid", "a/b/x", "hard => bin/tool", "end/file", "bin -> other"],
  ];
  assert.deepEqual(await fit(tree, layer), [
    "usr/ 711 0",
    "usr/bin/ 755 0",
    "usr/bin/tool",
    "run/ 770 3",
    "run/pid",
    "usr/x",
    "hard => usr/bin/tool",
    "file",
    "bin -> other",
  ]);
});

test("Alignment takes a directory that is a link in the base for the one that it leads to", async () => {
  const tree = treeOf(["usr/bin/ 711 4", "bin -> usr/bin", "root -> /", "lost -> gone"]);
  assert.deepEqual(await fit(tree, ["bin/ 700 9", "bin/x", "lost/ 700 9"]), [
    "usr/ 755 0",
    "usr/bin/ 711 4",
    "usr/bin/x",
    "gone/ 700 9",
  ]);
  assert.deepEqual(await fit(tree, ["root/ 700 9"]), ["./ 700 9"]);
});

test("Alignment refuses links that lead in a circle", async () => {
  const tree = treeOf(["a -> b", "b -> a"]);
  await assert.rejects(fit(tree, ["a/x"]), {
    name: "LayerError",
    message: 'Cannot put "a/x" into the image: links of the base lead in a circle',
  });
});

test("Alignment leaves entries that need nothing as they are, also those that leave the root", async () => {
  const tree = treeOf(["b -> c", "etc/ 700 1"]);
  const layer = ["./", "x//y", "../b/x", "etc/../z"];
  assert.deepEqual(await fit(tree, layer), ["./ 755 0", "x/ 755 0", "x//y", "../b/x", "etc/../z"]);
});

test("Alignment does not bring back what a layer has deleted, hidden or replaced", async () => {
  const deleted = treeOf(["d/ 700 1", "d/e/ 700 1"], [".wh.d"]);
  assert.deepEqual(await fit(deleted, ["d/e/x"]), ["d/ 755 0", "d/e/ 755 0", "d/e/x"]);
  const hidden = treeOf(["d/ 700 1", "d/e/ 700 1", "d/f/g/ 700 1"], ["d/.wh..wh..opq"]);
  assert.deepEqual(await fit(hidden, ["d/e/x", "d/f/g/x"]), [
    "d/ 700 1",
    "d/e/ 755 0",
    "d/e/x",
    "d/f/ 755 0",
    "d/f/g/ 755 0",
    "d/f/g/x",
  ]);
  const replaced = treeOf(["d/ 700 1", "l -> d"], ["l/ 722 2"]);
  assert.deepEqual(await fit(replaced, ["l/x"]), ["l/ 722 2", "l/x"]);
  const own = treeOf(["d/ 700 1"]);
  assert.deepEqual(await fit(own, [".wh.d", "d/x"]), [".wh.d", "d/ 755 0", "d/x"]);
});

test("Alignment keeps what a layer has beside its own whiteouts, wherever they stand", async () => {
  const tree = treeOf(
    ["d/ 700 1", "d/old/ 700 1", "d/old/er/ 700 1", "d/kept/ 700 1"],
    ["d/new/ 733 3", "d/old/x", "d/.wh..wh..opq", "d/.wh..wh.plnk", ".wh.d"],
  );
  assert.deepEqual(await fit(tree, ["d/new/y", "d/old/er/y", "d/kept/y"]), [
    "d/ 755 0",
    "d/new/ 733 3",
    "d/new/y",
    "d/old/ 755 0",
    "d/old/er/ 755 0",
    "d/old/er/y",
    "d/kept/ 755 0",
    "d/kept/y",
  ]);
});

test("Alignment refuses an entry below a file, but for one that the layer itself replaces", async () => {
  const tree = (): Layers => treeOf(["etc/ 755 0", "etc/base.txt"]);
  await assert.rejects(fit(tree(), ["etc/base.txt/x"]), {
    name: "LayerError",
    message:
      'Cannot put "etc/base.txt/x" into the image: "/etc/base.txt" is a file there, and no directory',
  });
  assert.deepEqual(await fit(tree(), ["etc/base.txt/ 711 1", "etc/base.txt/x"]), [
    "etc/ 755 0",
    "etc/base.txt/ 711 1",
    "etc/base.txt/x",
  ]);
  assert.deepEqual(await fit(tree(), ["etc/.wh.base.txt", "etc/base.txt/x"]), [
    "etc/ 755 0",
    "etc/.wh.base.txt",
    "etc/base.txt/ 755 0",
    "etc/base.txt/x",
  ]);
});

test("Alignment asks for what may matter, and leaves alone what it cannot learn", async () => {
  const below = new LayerListing();
  const view = new BaseView([below]);
  const unknown: string[] = [];
  let asked = 0;
  const layer = ["opt/app/a", "opt/app/b", "srv/x/a", "srv/x/b", "opt/c"];
  const shown = await align({
    base: {
      view,
      ask(firstUnknown): Promise<boolean> {
        asked++;
        below.add(entry("opt/app/ 750 7"));
        return Promise.resolve(firstUnknown() === undefined);
      },
      treeOf: notAsked,
      mayKeepNamed: notAsked,
      contentOf: notAsked,
    },
    isAsked: (path) => path !== "opt",
    mayBeLink: () => false,
    listing: new LayerListing(),
    onUnknown: (path) => unknown.push(path),
  }, layer);
  assert.deepEqual(shown, [
    "opt/app/ 750 7",
    "opt/app/a",
    "opt/app/b",
    "srv/x/a",
    "srv/x/b",
    "opt/c",
  ]);
  assert.deepEqual(unknown, ["srv", "srv/x"]);
  assert.equal(asked, 4);
});
