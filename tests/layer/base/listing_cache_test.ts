import assert from "node:assert/strict";
import { test } from "node:test";
import type { Bytes } from "../../../lib/base/bytes.ts";
import { LayerListing } from "../../../lib/layer/base/layer_listing.ts";
import { ListingCache } from "../../../lib/layer/base/listing_cache.ts";
import { listingOf } from "./listings.ts";
import { memoryStore } from "../../storage/memory_store.ts";

const DIGEST = `sha256:${"a".repeat(64)}`;

function contents(listing: LayerListing): unknown {
  const { whiteouts, opaque } = listing.removals();
  return [[...listing.entries()], [...whiteouts], [...opaque], listing.isComplete];
}

test("ListingCache gives back what it was given, names that are no UTF-8 too", async () => {
  const cache = new ListingCache(memoryStore(), "registry.test/app");
  const entries = ["a/ 7", "a/b", "l -> ../x y", ".wh.gone", "a/.wh..wh..opq", "\udc80/ 1"];
  const listing = listingOf(...entries);
  await cache.save(DIGEST, listing);
  const loaded = new LayerListing();
  await cache.load(DIGEST, loaded);
  assert.deepEqual(contents(loaded), contents(listing));
  assert.equal(loaded.isOnlyNamed("a"), false);
});

test("ListingCache knows what was read to its end anywhere, and what was read in part where that was", async () => {
  const store = memoryStore();
  const [here, there] = ["registry.test/a", "registry.test/b"].map((place) =>
    new ListingCache(store, place)
  );
  const load = async (cache: ListingCache | undefined): Promise<[number, boolean]> => {
    const listing = new LayerListing();
    await cache?.load(DIGEST, listing);
    return [listing.size, listing.isComplete];
  };
  await here?.save(DIGEST, listingOf("?", "a/ 1", "b"));
  assert.deepEqual(await load(here), [2, false]);
  assert.deepEqual(await load(there), [0, false]);
  await here?.save(DIGEST, listingOf("a/ 1", "b", "c"));
  assert.deepEqual(await load(here), [3, true]);
  assert.deepEqual(await load(there), [3, true]);
});

test("ListingCache takes what it cannot read for nothing", async () => {
  const store = memoryStore();
  const cache = new ListingCache(store, "registry.test/app");
  await cache.save(DIGEST, listingOf("a/ 1"));
  const [name = ""] = store.kept.keys();
  const gzip = async (bytes: Bytes): Promise<Bytes> =>
    new Uint8Array(
      await new Response(new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip")))
        .arrayBuffer(),
    );
  const kept = new Uint8Array(
    await new Response(
      new Blob([store.kept.get(name) ?? new Uint8Array()]).stream()
        .pipeThrough(new DecompressionStream("gzip")),
    ).arrayBuffer(),
  );
  /** The words in front: a mark, how many nodes and texts there are. */
  const changed = [1, 5, 13].map((at) =>
    kept.map((byte, index) => index === at ? byte ^ 0x40 : byte)
  );
  const broken = [
    new Uint8Array([1, 2, 3]),
    ...await Promise.all([
      new Uint8Array(0),
      kept.slice(0, -1),
      kept.slice(0, 5),
      new Uint8Array([...kept, 0]),
      ...changed,
    ].map(gzip)),
  ];
  for (const bytes of broken) {
    store.kept.set(name, bytes);
    const listing = new LayerListing();
    await cache.load(DIGEST, listing);
    assert.deepEqual([listing.size, listing.isComplete], [0, false]);
  }
});
