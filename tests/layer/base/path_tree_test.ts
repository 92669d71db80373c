import assert from "node:assert/strict";
import { test } from "node:test";
import { ArrayReader } from "../../../lib/base/array_reader.ts";
import type { ByteStream } from "../../../lib/base/bytes.ts";
import { PathTree, ROOT_NODE } from "../../../lib/layer/base/path_tree.ts";
import { createRandom } from "../../random.ts";
import { compareImagePaths, isBelow } from "../../../lib/layer/files/image_path.ts";

test("PathTree keeps paths with those above them, and walks them in the order of compareImagePaths", () => {
  const { seed, integer: random } = createRandom();
  const names = ["a", "b", "a b", "a.b", "ü", "\udc80", "𝒳", "n".repeat(300_000), "Z", "0"];
  const tree = new PathTree();
  const expected = new Set<string>();
  for (let round = 0; round < 500; round++) {
    const path = Array.from({ length: 1 + random(4) }, () => {
      return random(50) === 0 ? names[7] : names[random(names.length)]?.slice(0, 3);
    }).join("/");
    tree.add(path);
    for (let at = path; at !== ""; at = at.slice(0, Math.max(0, at.lastIndexOf("/")))) {
      expected.add(at);
    }
  }
  const sorted = [...expected].sort(compareImagePaths);
  const walked = (top: string): string[] =>
    [...tree.walk(tree.find(top))].map((node) => tree.pathOf(node));
  assert.deepEqual(walked(""), sorted, `seed ${seed}`);
  assert.equal(tree.last, sorted.length + 1, `seed ${seed}`);
  for (const top of sorted) {
    assert.equal(tree.pathOf(tree.find(top)), top, `seed ${seed}`);
    assert.deepEqual(walked(top), sorted.filter((path) => isBelow(path, top)), `seed ${seed}`);
  }
  assert.equal(tree.find("none"), 0);
});

/** The same tree as what is kept of it gives it back. */
async function readAgain(tree: PathTree): Promise<PathTree> {
  async function* dumped(): ByteStream {
    for (const bytes of tree.dump()) yield await Promise.resolve(bytes.slice());
  }
  return await PathTree.read(new ArrayReader(dumped()));
}

test("PathTree gives back what it has dumped, and goes on from there", async () => {
  const tree = new PathTree();
  const numbers = Array.from({ length: 2_000 }, (_, index) => `${index}`);
  const paths = ["etc", "etc/ü", "a/b/c", "a/b", "\udc80", ...numbers];
  for (const path of paths) tree.setText(tree.add(path), `text of ${path}`);
  const again = await readAgain(tree);
  assert.deepEqual([again.last, again.textSize], [tree.last, tree.textSize]);
  const below = (one: PathTree): string[] => [...one.walk(ROOT_NODE)].map((at) => one.pathOf(at));
  assert.deepEqual(below(again), below(tree));
  for (const path of paths) assert.equal(again.textOf(again.find(path)), `text of ${path}`);
  again.setText(again.add("a/new"), "new");
  assert.deepEqual(below(again).slice(0, 3), below(tree).slice(0, 3));
  assert.equal(again.textOf(again.find("a/new")), "new");
  assert.deepEqual(below(await readAgain(new PathTree())), []);
});

test("PathTree finds no more what was taken out, until it is added again", () => {
  const tree = new PathTree(1);
  const paths = ["a/b/c", "a/b/d", "a/e", "f"];
  for (const path of paths) tree.setFlags(tree.add(path), 1);
  const left = (): string[] => [...tree.walk(ROOT_NODE)].map((node) => tree.pathOf(node));
  const node = tree.find("a/e");
  tree.setNumbers(node, { mode: 0o755, uid: 1, gid: 2, mtime: 3, size: 4 });
  tree.setOwn(node, 0, 7);
  for (const gone of ["a/b/d", "a/b", "a"]) {
    const before = left();
    tree.remove(tree.find(gone));
    assert.deepEqual(left(), before.filter((path) => path !== gone && !isBelow(path, gone)));
  }
  assert.equal(tree.find("a/b/c"), 0);
  assert.equal(tree.add("a/e"), node);
  assert.deepEqual(left(), ["a", "a/e", "f"]);
  assert.equal(tree.flagsOf(node), 0);
  assert.equal(tree.numbersOf(node).mode, 0o755);
  assert.equal(tree.ownOf(node, 0), 7);
});

test("PathTree keeps what is said of each node apart", () => {
  const tree = new PathTree();
  const count = 10_000;
  const numbersOf = (index: number) => ({
    mode: index % 0o10000,
    uid: 2 ** 32 - 1 - index,
    gid: index,
    mtime: index - 0.5,
    size: 2 ** 40 + index,
  });
  const nodes = Array.from({ length: count }, (_, index) => tree.add(`d${index % 7}/${index}`));
  for (const [index, node] of nodes.entries()) {
    tree.setFlags(node, index % 4_096);
    tree.setNumbers(node, numbersOf(index));
    tree.hashOf(node).fill(index % 256);
    tree.setText(node, index % 3 === 0 ? "" : `to ${index}`);
  }
  for (const [index, node] of nodes.entries()) {
    assert.equal(tree.pathOf(node), `d${index % 7}/${index}`);
    assert.equal(tree.flagsOf(node), index % 4_096);
    assert.deepEqual(tree.numbersOf(node), numbersOf(index));
    assert.ok(tree.hashOf(node).every((byte) => byte === index % 256));
    assert.equal(tree.textOf(node), index % 3 === 0 ? "" : `to ${index}`);
  }
});
