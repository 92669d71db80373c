import assert from "node:assert/strict";
import { test } from "node:test";
import type { Bytes, ByteStream } from "../../../lib/base/bytes.ts";
import { createSha256 } from "../../../lib/base/hash/sha256.ts";
import { createThreadedCodec } from "../../../lib/host/compression/threaded_codec.ts";
import { ListingCache } from "../../../lib/layer/base/listing_cache.ts";
import { openBaseLayer } from "../../../lib/layer/base/open_base_layer.ts";
import type { Descriptor } from "../../../lib/oci/descriptor.ts";
import type { BlobFetcher } from "../../../lib/storage/repository.ts";
import { directory, file } from "../../image/verbs/sync_setting.ts";
import { memoryStore } from "../../storage/memory_store.ts";
import { stargz, type TabledLayer } from "../table/tabled_layers.ts";

/** A place that gives a layer whole, and parts of another one. */
function sourceOf(whole: Bytes, parts: Bytes): BlobFetcher {
  return {
    name: "the source",
    async *getBlob(): ByteStream {
      yield await Promise.resolve(whole);
    },
    getBlobPart: (_blob, { start, length }) => Promise.resolve(parts.slice(start, start + length)),
  };
}

test("what a table says of a layer counts for those who name the same table, wherever they do", async () => {
  const layer = await stargz([directory("srv/"), file("srv/true", "1")]);
  const lie = await stargz([directory("srv/"), file("srv/lie", "2")]);
  const store = memoryStore();
  const read = async (
    place: string,
    { annotations }: Pick<TabledLayer, "annotations">,
    parts: Bytes,
  ): Promise<{ paths: string[]; from: string | undefined }> => {
    const descriptor = {
      mediaType: "application/vnd.oci.image.layer.v1.tar+gzip",
      digest: `sha256:${"a".repeat(64)}`,
      size: parts.length,
      annotations,
    } as Descriptor;
    const opened = openBaseLayer(descriptor, {
      source: sourceOf(layer.bytes, parts),
      codec: createThreadedCodec({ threads: 0 }),
      createHasher: createSha256,
      signal: undefined,
      cache: new ListingCache(store, place),
    });
    await opened.readAll();
    await opened.close();
    return { paths: [...opened.listing.entries()].map(([path]) => path), from: opened.knownFrom };
  };
  const told = await read("evil.test/app", lie, lie.bytes);
  assert.deepEqual(told, { paths: ["srv", "srv/lie"], from: "table" });
  assert.equal((await read("other.test/app", lie, layer.bytes)).from, "cache");

  const own = await read("registry.test/app", layer, layer.bytes);
  assert.deepEqual(own, { paths: ["srv", "srv/true"], from: "table" });
  const plain = await read("registry.test/app", { annotations: {} }, layer.bytes);
  assert.deepEqual(plain, { paths: ["srv", "srv/true"], from: "layer" });
  // What is known of the layer itself is better than what any table says.
  const after = await read("evil.test/app", lie, lie.bytes);
  assert.deepEqual(after, { paths: ["srv", "srv/true"], from: "cache" });
});
