import assert from "node:assert/strict";
import { test } from "node:test";
import { alignWithTree, BaseTree } from "../../lib/layer/base_tree.ts";
import type { TarEntryHeader } from "../../lib/tar/entry.ts";
import { TarScanner } from "../../lib/tar/scanner.ts";
import { writeTar } from "../../lib/tar/writer.ts";

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

function treeOf(...layers: readonly string[][]): BaseTree {
  const tree = new BaseTree();
  for (const layer of layers) {
    tree.startLayer();
    for (const text of layer) tree.add(entry(text));
  }
  return tree;
}

/** Fits a layer onto a tree and lists what it holds then. */
async function fit(tree: BaseTree, layer: readonly string[]): Promise<string[]> {
  const entries: TarEntryHeader[] = [];
  const scanner = new TarScanner({ onEntry: (found) => entries.push(found) });
  for await (const chunk of alignWithTree(tree)(writeTar(layer.map(entry)))) scanner.write(chunk);
  scanner.end();
  return entries.map(show);
}

test("alignWithTree() gives directories above an entry the mode and owner of the base, each once", async () => {
  const tree = treeOf(["home/", "home/node/ 750 1000", "opt/x"]);
  assert.deepEqual(await fit(tree, ["home/node/a", "home/node/b/c", "opt/y", "d/e"]), [
    "home/ 755 0",
    "home/node/ 750 1000",
    "home/node/a",
    "home/node/b/c",
    "opt/y",
    "d/e",
  ]);
});

test("alignWithTree() leaves a directory to the layer that brings it", async () => {
  const tree = treeOf(["srv/ 700 7", "srv/a/ 700 7"]);
  const layer = ["srv/ 711 1", "srv/a/b"];
  assert.deepEqual(await fit(tree, layer), ["srv/ 711 1", "srv/a/ 700 7", "srv/a/b"]);
});

test("alignWithTree() counts the layers below as the base, and not what they only name", async () => {
  const tree = treeOf(["srv/ 700 7"]);
  assert.deepEqual(await fit(tree, ["srv/ 711 1", "srv/sub/ 720 2"]), [
    "srv/ 711 1",
    "srv/sub/ 720 2",
  ]);
  assert.deepEqual(await fit(tree, ["srv/sub/x"]), ["srv/ 711 1", "srv/sub/ 720 2", "srv/sub/x"]);
});

test("alignWithTree() follows links above an entry, relative, absolute and through others", async () => {
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

test("alignWithTree() takes a directory that is a link in the base for the one that it leads to", async () => {
  const tree = treeOf(["usr/bin/ 711 4", "bin -> usr/bin", "root -> /", "lost -> gone"]);
  assert.deepEqual(await fit(tree, ["bin/ 700 9", "bin/x", "lost/ 700 9"]), [
    "usr/bin/ 711 4",
    "usr/bin/x",
    "gone/ 700 9",
  ]);
  assert.deepEqual(await fit(tree, ["root/ 700 9"]), ["./ 700 9"]);
});

test("alignWithTree() refuses links that lead in a circle", async () => {
  const tree = treeOf(["a -> b", "b -> a"]);
  await assert.rejects(fit(tree, ["a/x"]), {
    name: "LayerError",
    message: 'Cannot put "a/x" into the image: links of the base lead in a circle',
  });
});

test("alignWithTree() leaves entries that need nothing as they are, also those that leave the root", async () => {
  const tree = treeOf(["b -> c", "etc/ 700 1"]);
  const layer = ["./", "x//y", "../b/x", "etc/../z"];
  assert.deepEqual(await fit(tree, layer), ["./ 755 0", "x//y", "../b/x", "etc/../z"]);
});

test("alignWithTree() does not bring back what a layer has deleted, hidden or replaced", async () => {
  const deleted = treeOf(["d/ 700 1", "d/e/ 700 1"], [".wh.d"]);
  assert.deepEqual(await fit(deleted, ["d/e/x"]), ["d/e/x"]);
  const hidden = treeOf(["d/ 700 1", "d/e/ 700 1", "d/f/g/ 700 1"], ["d/.wh..wh..opq"]);
  assert.deepEqual(await fit(hidden, ["d/e/x", "d/f/g/x"]), ["d/ 700 1", "d/e/x", "d/f/g/x"]);
  const replaced = treeOf(["d/ 700 1", "d/e/ 700 1", "l -> d"], ["d", "l/ 722 2"]);
  assert.deepEqual(await fit(replaced, ["d/e/x", "l/x"]), ["d/e/x", "l/ 722 2", "l/x"]);
  const own = treeOf(["d/ 700 1"]);
  assert.deepEqual(await fit(own, [".wh.d", "d/x"]), [".wh.d", "d/x"]);
});

test("alignWithTree() keeps what a layer has beside its own whiteouts, wherever they stand", async () => {
  const tree = treeOf(
    ["d/ 700 1", "d/old/ 700 1", "d/old/er/ 700 1", "d/kept/ 700 1"],
    ["d/new/ 733 3", "d/old/x", "d/.wh..wh..opq", "d/.wh..wh.plnk", ".wh.d"],
  );
  assert.deepEqual(await fit(tree, ["d/new/y", "d/old/er/y", "d/kept/y"]), [
    "d/new/ 733 3",
    "d/new/y",
    "d/old/er/y",
    "d/kept/y",
  ]);
});

test("a BaseTree refuses more directories than images have", () => {
  const tree = treeOf([]);
  const deep = `${"d/".repeat(400_000)}x`;
  tree.add(entry(deep));
  tree.add(entry(`a/${deep}`));
  assert.throws(() => tree.add(entry(`b/${deep}`)), {
    name: "LayerError",
    message: "Cannot remember more than 1000000 directories and links",
  });
});

test("BaseTree.copy() makes a tree of its own", async () => {
  const tree = treeOf(["home/ 711 1", "home/node/ 750 1000", "link -> home"], ["home/x"]);
  const layer = ["home/node/a", "link/b", "home/node/ 700 5"];
  const aligned = await fit(tree.copy(), layer);
  assert.deepEqual(await fit(tree.copy(), layer), aligned);
  assert.deepEqual(await fit(tree, layer), aligned);
  assert.notDeepEqual(
    await fit(tree, layer),
    aligned,
    "a layer changes the tree that it is aligned with",
  );
});
