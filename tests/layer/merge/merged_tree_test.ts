import assert from "node:assert/strict";
import { test } from "node:test";
import { MOST_TEXT, PathBudget } from "../../../lib/layer/base/path_budget.ts";
import { FileNames } from "../../../lib/layer/merge/file_names.ts";
import { MergedTree } from "../../../lib/layer/merge/merged_tree.ts";
import type { TarEntryHeader } from "../../../lib/tar/entry.ts";

const header = (path: string, more: Partial<TarEntryHeader> = {}): TarEntryHeader => {
  return { path, type: "file", mode: 0o644, uid: 1, gid: 2, mtime: 3, size: 0, ...more };
};
const link = (path: string, linkPath: string): TarEntryHeader =>
  header(path, { type: "hard-link", linkPath });

/** Layers of headers, each of a file as large as its size says. */
function merge(...layers: readonly (readonly TarEntryHeader[])[]): MergedTree {
  const tree = new MergedTree();
  for (const layer of layers) {
    tree.startLayer();
    for (const one of layer) tree.add(one, one.size);
  }
  return tree;
}

const pathsOf = (tree: MergedTree): string[] => [...tree.nodes()].map((node) => tree.pathOf(node));

test("MergedTree gives back all that the headers of an entry say", () => {
  const owner = { userName: "root", groupName: "staff" };
  const entries: TarEntryHeader[] = [
    header("a", { mode: 0o4755, uid: 2 ** 32 - 1, mtime: -1.5, size: 2 ** 40, ...owner }),
    header("b", { ...owner, records: [["SCHILY.xattr.user.x", "ü\udc80"]] }),
    header("c", { type: "symlink", linkPath: "../ü", ...owner }),
    header("d", { type: "symlink", linkPath: "" }),
    header("e", { type: "block-device", deviceMajor: 8, deviceMinor: 1 }),
    header("f", { type: "other", typeFlag: "Q", linkPath: "x" }),
    header("g", { mtime: 1_700_000_000.1234567, records: [["mtime", "1700000000.123456789"]] }),
    header("h", owner),
  ];
  const tree = merge(entries);
  assert.deepEqual([...tree.nodes()].slice(1).map((node) => tree.headerOf(node)), entries);
});

test("MergedTree keeps a file under its other names when one is replaced or taken away", () => {
  const first = header("d/a", { mode: 0o4711, size: 5, userName: "me" });
  const tree = merge(
    [first, link("b", "d/a"), link("c", "b")],
    [header("b", { uid: 7 }), header(".wh.c"), link("d", "d/a")],
  );
  // The last link took the place of the directory that its file was in.
  assert.deepEqual(pathsOf(tree), ["", "b", "d"]);
  const [, , node = 0] = tree.nodes();
  assert.deepEqual(tree.headerOf(node), { ...first, path: "d" });
  assert.deepEqual(tree.placeOf(tree.entryOf(node)), { layer: 0, index: 0 });
});

test("MergedTree forgets what was in a directory that went and came again", () => {
  const directory = header("d/", { type: "directory", mode: 0o755 });
  const rounds = [directory, header("d/e/x"), header("d/y"), header(".wh.d")];
  const tree = merge([...rounds, ...rounds, directory, header("d/y", { uid: 9 })], [
    header("d/e/.wh..wh..opq"),
    header("d/z"),
  ]);
  assert.deepEqual(pathsOf(tree), ["", "d", "d/y", "d/z"]);
  assert.equal(tree.resolve("d/e"), undefined);
  assert.equal(tree.headerOf(tree.resolve("/d/../d/./y") ?? 0).uid, 9);
});

test("MergedTree reads the same whether an entry lies beside the one before or not", () => {
  const entries = ["l/a", "l/b", "k/../l/c", "l/./d", "./l/e", "l//f"].map((path) => header(path));
  const tree = merge(
    [header("real/", { type: "directory" }), header("l", { type: "symlink", linkPath: "real" })],
    entries,
    [header("l/a"), header("l", { type: "directory" }), header("l/b")],
  );
  const [first, ...others] = ["a", "b", "c", "d", "e", "f"];
  assert.deepEqual(pathsOf(tree), [
    "",
    "l",
    "l/b",
    "real",
    ...[first, ...others].map((name) => `real/${name}`),
  ]);
});

test("MergedTree takes a whiteout that has no name for nothing", () => {
  assert.deepEqual(pathsOf(merge([header("d/a"), header("d/.wh."), header(".wh.")])), [
    "",
    "d",
    "d/a",
  ]);
});

test("MergedTree bounds what links lead through, and the length of paths", () => {
  const budget = new PathBudget();
  budget.take(0, MOST_TEXT - 10_000);
  const tree = new MergedTree(budget);
  tree.startLayer();
  tree.add(header("l", { type: "symlink", linkPath: "d".repeat(1_000) }), 0);
  assert.throws(() => {
    for (let index = 0; index < 20; index++) tree.add(header(`l/.wh.${index}`), 0);
  }, /more than 67108864 characters/);
  const name = "n".repeat(256);
  for (const path of [name, `a/${name}`, "d/".repeat(2_049) + "f"]) {
    assert.throws(() => merge([header(path)]), /it is longer than a file system takes/);
  }
  const deep = "d/".repeat(1_500);
  const layers = [header(`${deep}f`), header("l", { type: "symlink", linkPath: deep })];
  assert.throws(() => merge([...layers, header(`l/${deep}f`)]), /longer than a file system takes/);
});

test("FileNames puts the names of one file together, by their entries or by the first names", () => {
  const tree = merge([header("z", { size: 1 }), header("y"), link("a", "z"), link("b", "y")], [
    header("c", { size: 1 }),
    link("d", "a"),
  ]);
  const leaves = [...tree.nodes()].filter((node) => !tree.isDirectory(node));
  const names = new FileNames(tree, leaves);
  const told = (found: Iterable<readonly number[]>): string[] =>
    [...found].map((nodes) => nodes.map((node) => tree.pathOf(node)).join(" "));
  assert.deepEqual(told(names.byEntry(() => true)), ["a d z", "b y", "c"]);
  assert.deepEqual(told(names.byEntry((node) => tree.hasContent(node))), ["a d z", "c"]);
  assert.deepEqual(told(names.byName(() => true)), ["a d z", "b y", "c"]);
  const other = merge([header("b"), header("a"), link("c", "b")]);
  const nodes = [...other.nodes()].slice(1);
  assert.deepEqual(
    [...new FileNames(other, nodes).byName(() => true)].map(([node = 0]) => other.pathOf(node)),
    ["a", "b"],
  );
});
