import assert from "node:assert/strict";
import { test } from "node:test";
import { BaseView } from "../../../lib/layer/base/base_view.ts";
import type { LayerListing } from "../../../lib/layer/base/layer_listing.ts";
import { listingOf } from "./listings.ts";

function viewOf(...layers: readonly LayerListing[]): BaseView {
  return new BaseView(layers);
}

function shown(view: BaseView, path: string): string {
  const node = view.look(path);
  if (node === undefined) return "?";
  if (node.kind === "symlink") return `-> ${node.target}`;
  if (node.kind !== "directory") return node.kind;
  return node.attributes === undefined ? "new directory" : `directory of ${node.attributes.uid}`;
}

test("BaseView.look() takes the word of the topmost layer that has an entry", () => {
  const view = viewOf(
    listingOf("a/ 2", "l -> /x", "f"),
    listingOf("a/ 1", "a/b/ 1", "l/ 1", "f/ 1", "only/ 7"),
  );
  assert.equal(shown(view, "a"), "directory of 2");
  assert.equal(shown(view, "a/b"), "directory of 1");
  assert.equal(shown(view, "l"), "-> /x");
  assert.equal(shown(view, "f"), "file");
  assert.equal(shown(view, "only"), "directory of 7");
  assert.equal(shown(view, "none"), "missing");
  assert.equal(shown(view, ""), "new directory");
});

test("BaseView.look() knows nothing of a path that a layer above might have and was not read for", () => {
  const part = listingOf("?", "a/ 3");
  const view = viewOf(listingOf("b/ 1"), part, listingOf("c/ 1", "a/ 1"));
  assert.equal(shown(view, "a"), "directory of 3");
  assert.equal(shown(view, "b"), "directory of 1");
  assert.equal(shown(view, "c"), "?");
  part.complete();
  assert.equal(shown(view, "c"), "directory of 1");
});

test("BaseView.look() heeds whiteouts, opaque directories and files in the place of directories", () => {
  const below = listingOf("d/ 1", "d/e/ 1", "d/e/x", "k/ 1", "k/l/ 1", "r/ 1", "r/s/ 1");
  const view = viewOf(listingOf(".wh.d", "k/.wh..wh..opq", "k/.wh..wh.plnk", "r"), below);
  assert.equal(shown(view, "d"), "missing");
  assert.equal(shown(view, "d/e"), "missing");
  assert.equal(shown(view, "k"), "directory of 1");
  assert.equal(shown(view, "k/l"), "missing");
  assert.equal(shown(view, "r/s"), "missing");
  assert.equal(shown(viewOf(listingOf("d/new/ 9"), listingOf(".wh.d"), below), "d/e"), "missing");
  assert.equal(shown(viewOf(listingOf(".wh..wh..opq"), below), "d"), "missing");
});

test("BaseView.look() sees a directory that engines make where a layer only names it", () => {
  const below = listingOf("a/ 1", "l -> /x", "f");
  const view = viewOf(listingOf("a/x", "l/x", "f/x", "n/x"), below);
  assert.equal(shown(view, "a"), "directory of 1");
  for (const path of ["l", "f", "n"]) assert.equal(shown(view, path), "new directory");
});

test("BaseView.follow() follows links on the way, and the last one where it is asked to", () => {
  const view = viewOf(listingOf(
    ...["usr/ 1", "usr/bin/ 1", "bin -> usr/bin", "var/ 1", "var/run -> /run", "run/ 3"],
    ...["a/ 1", "a/b -> ../c/./d", "c -> e", "e/ 1", "e/d -> ../../../usr", "end -> /"],
  ));
  const follow = (path: string, followsLast = false): string => {
    const found = view.follow(path, { followsLast });
    return found.kind === "found"
      ? `${found.path} ${found.node?.kind}`
      : `${found.kind} ${found.at}`;
  };
  assert.equal(follow("bin/tool"), "usr/bin/tool missing");
  assert.equal(follow("bin"), "bin symlink");
  assert.equal(follow("bin", true), "usr/bin directory");
  assert.equal(follow("/var/run/pid"), "run/pid missing");
  assert.equal(follow("a/b/x"), "usr/x missing");
  assert.equal(follow("end/file"), "file missing");
  assert.equal(follow("end", true), " directory");
});

test("BaseView.follow() says where it knows no further, but for what was not asked for", () => {
  const view = viewOf(listingOf("?", "opt/ 1"));
  assert.deepEqual(view.follow("opt/a/b"), { kind: "unknown", at: "opt/a" });
  assert.deepEqual(view.follow("opt/a"), { kind: "found", path: "opt/a", node: undefined });
  assert.deepEqual(view.follow("x/y/z", { isAsked: (path) => path === "x/y" }), {
    kind: "unknown",
    at: "x/y",
  });
  assert.deepEqual(view.follow("x/y/z", { isAsked: () => false }), {
    kind: "found",
    path: "x/y/z",
    node: undefined,
  });
});

test("BaseView.follow() refuses circles, and tells of files that are in the way", () => {
  const view = viewOf(listingOf("a -> b", "b -> a", "f", "l -> f"));
  assert.throws(() => view.follow("a/x"), {
    name: "LayerError",
    message: 'Cannot put "a/x" into the image: links of the base lead in a circle',
  });
  assert.deepEqual(view.follow("f/x/y"), { kind: "below-file", at: "f" });
  assert.deepEqual(view.follow("l/x"), { kind: "below-file", at: "f" });
});

test("LayerListing leaves out what no file system can hold", () => {
  const listing = listingOf("../x/ 1", `${"n".repeat(256)}/ 1`, `${"d/".repeat(2_049)} 1`);
  assert.equal(listing.size, 0);
  assert.equal(listingOf(`${"n".repeat(255)}/ 1`).size, 1);
});
