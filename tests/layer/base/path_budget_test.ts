import assert from "node:assert/strict";
import { test } from "node:test";
import { LayerListing } from "../../../lib/layer/base/layer_listing.ts";
import { MOST_PATHS, MOST_TEXT, PathBudget } from "../../../lib/layer/base/path_budget.ts";
import { LayerError } from "../../../lib/layer/layer_error.ts";
import { MergedTree } from "../../../lib/layer/merge/merged_tree.ts";
import type { TarEntryHeader } from "../../../lib/tar/entry.ts";

const file = (path: string, more: Partial<TarEntryHeader> = {}): TarEntryHeader => {
  return { path, type: "file", mode: 0o644, uid: 0, gid: 0, mtime: 0, size: 0, ...more };
};

/** A path of 4,000 characters, of which no directory is that of another. */
const long = (index: number): string =>
  `${String(index).padStart(249, "n")}/`.repeat(15) + String(index).padStart(250, "n");

test("PathBudget counts the paths of all listings, and gives back those that are forgotten", () => {
  const budget = new PathBudget();
  budget.take(MOST_PATHS - 2, 0);
  const [one, other] = [new LayerListing(budget), new LayerListing(budget)];
  one.add(file("a"));
  other.add(file("b"));
  assert.throws(() => other.add(file("c")), /Cannot remember more than 1500000 paths of an image/);
  one.clear();
  other.clear();
  other.add(file("c"));
  one.takeFrom(other);
  assert.equal(other.size, 0);
  one.add(file("d"));
  assert.throws(() => one.add(file("e")), LayerError);
});

test("PathBudget has garbage collected now and then where paths are many", () => {
  let collections = 0;
  const budget = new PathBudget(() => collections++);
  budget.take(10_000, 0);
  assert.equal(collections, 0);
  for (let count = 0; count < 100; count++) budget.take(10_000, 0);
  // Each time a further 16,384 of them are there.
  assert.equal(collections, 50);
  // What is given back and taken again is no more than there was.
  const before = collections;
  for (let count = 0; count < 100; count++) {
    budget.take(-1_000, 0);
    budget.take(1_000, 0);
  }
  assert.equal(collections, before);
});

test("PathBudget bounds the text of paths, of links and of what files bring along", () => {
  const attack = (
    add: (header: TarEntryHeader) => unknown,
    make: (index: number) => TarEntryHeader,
  ): void => {
    assert.throws(() => {
      for (let index = 0; index < 20_000; index++) add(make(index));
    }, /Cannot remember the paths of an image: they have more than 67108864 characters/);
  };
  // All but 4 MiB is spent, so that the attacks take less time.
  const budget = (): PathBudget => {
    const made = new PathBudget();
    made.take(0, MOST_TEXT - 4 * 1024 * 1024);
    return made;
  };
  const listing = (): (header: TarEntryHeader) => unknown => {
    const made = new LayerListing(budget());
    return (header) => made.add(header);
  };
  const tree = (): (header: TarEntryHeader) => unknown => {
    const made = new MergedTree(budget());
    made.startLayer();
    return (header) => made.add(header, 0);
  };
  const linked = (index: number): TarEntryHeader =>
    file(`l${index}`, { type: "symlink", linkPath: long(index) });
  attack(listing(), (index) => file(long(index)));
  attack(listing(), linked);
  attack(listing(), (index) => file(`${index}/${"d/".repeat(1_900)}`));
  attack(listing(), (index) => file(`${long(index)}/.wh.x`));
  attack(tree(), (index) => file(long(index)));
  attack(tree(), linked);
  attack(tree(), (index) => file(`f${index}`, { records: [["comment", long(index)]] }));
});
