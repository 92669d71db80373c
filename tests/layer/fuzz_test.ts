import { gzipSync } from "node:zlib";
import { type Bytes, type ByteStream, oneChunk } from "../../lib/base/bytes.ts";
import { collectBytes } from "../../lib/base/collect.ts";
import { createSha256 } from "../../lib/base/hash/sha256.ts";
import { BaseLayer } from "../../lib/layer/base/base_layer.ts";
import { LayerListing } from "../../lib/layer/base/layer_listing.ts";
import { ListingCache } from "../../lib/layer/base/listing_cache.ts";
import { webCodec } from "../../lib/layer/compression/web_codec.ts";
import { packLayer } from "../../lib/layer/pack.ts";
import { readTable } from "../../lib/layer/table/read_table.ts";
import type { TarEntry } from "../../lib/tar/entry.ts";
import { writeTar } from "../../lib/tar/writer.ts";
import { fuzz } from "../fuzz.ts";
import { listingOf } from "./base/listings.ts";
import { stargz } from "./table/tabled_layers.ts";
import { memoryStore } from "../storage/memory_store.ts";

const COMMON = { mode: 0o755, uid: 0, gid: 0, mtime: 0, size: 0 };
const content = new TextEncoder().encode("content ".repeat(100));
const long = "directory/".repeat(30);
const ENTRIES: readonly TarEntry[] = [
  { ...COMMON, path: "srv/", type: "directory" },
  { ...COMMON, path: "srv/ä", type: "file", size: content.length, content },
  { ...COMMON, path: `${long}file`, type: "file", size: content.length, content },
  { ...COMMON, path: "srv/hard", type: "hard-link", linkPath: "srv/ä" },
  { ...COMMON, path: "srv/link", type: "symlink", linkPath: long },
  { ...COMMON, path: "srv/.wh.gone", type: "file" },
];

const tar = (): Promise<Bytes> => collectBytes(writeTar(ENTRIES));
const gzip = (bytes: Bytes): Bytes => new Uint8Array(gzipSync(bytes));

/** The archive as it is, and compressed. */
const archives = async (): Promise<readonly Bytes[]> => [await tar(), gzip(await tar())];

fuzz("layers that are packed", archives, async (bytes) => {
  const layer = packLayer(bytes, { codec: webCodec, createHasher: createSha256 });
  for (let isPacked = false; !isPacked;) {
    try {
      await collectBytes(layer.open());
      isPacked = true;
    } catch (error) {
      // What is there twice, say, is repaired by who has read it before.
      if (!await layer.recover()) throw error;
    }
  }
});

fuzz("layers that are asked for what is in them", archives, async (bytes) => {
  const layer = new BaseLayer({
    name: "layer",
    size: bytes.length,
    codec: webCodec,
    createHasher: createSha256,
    async *open(): ByteStream {
      yield await Promise.resolve(bytes);
    },
  });
  await layer.wantDetails();
  await layer.readAll();
});

/** The text of a table, whose digest fits whatever is made of it. */
const table = async (): Promise<readonly Bytes[]> => {
  let text = "";
  await stargz(ENTRIES, { text: (original) => text = original });
  return [new TextEncoder().encode(text)];
};

fuzz("tables of contents", table, async (json) => {
  const text = new TextDecoder("latin1").decode(json);
  const { bytes, annotations } = await stargz(ENTRIES, { text: () => text });
  const listing = await readTable({
    size: bytes.length,
    annotations,
    codec: webCodec,
    createHasher: createSha256,
    getPart: (start, length) => Promise.resolve(bytes.slice(start, start + length)),
  });
  // It is none then, and the layer is read.
  if (listing === undefined) throw new SyntaxError("Cannot believe it");
});

const DIGEST = `sha256:${"a".repeat(64)}`;

/** The lines that a cache has of a layer. */
const lines = async (): Promise<readonly Bytes[]> => {
  const store = memoryStore();
  await new ListingCache(store, "registry.test/app").save(
    DIGEST,
    listingOf("a/ 7", "a/b", "l -> ../x y", ".wh.gone", "a/.wh..wh..opq"),
  );
  const [bytes = new Uint8Array()] = store.kept.values();
  return [
    new Uint8Array(
      await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip")))
        .arrayBuffer(),
    ),
  ];
};

fuzz("what a cache remembers of layers", lines, async (bytes) => {
  const store = {
    get: () => Promise.resolve(oneChunk(gzip(bytes))),
    put: () => Promise.resolve(),
  };
  const listing = new LayerListing();
  await new ListingCache(store, "registry.test/app").load(DIGEST, listing);
  if (!listing.isComplete) throw new SyntaxError("Cannot use it");
});
