import assert from "node:assert/strict";
import { test } from "node:test";
import { createSha256 } from "../../../lib/base/hash/sha256.ts";
import { LayerListing } from "../../../lib/layer/base/layer_listing.ts";
import { LayerScanner } from "../../../lib/layer/base/layer_scanner.ts";
import { webCodec } from "../../../lib/layer/compression/web_codec.ts";
import { readTable } from "../../../lib/layer/table/read_table.ts";
import { createThreadedCodec } from "../../../lib/host/compression/threaded_codec.ts";
import { ENTRIES, file, FORMATS, hostileTables } from "./hostile_tables.ts";
import { hasZstd, type TabledLayer, type Tampering, zstdChunked } from "./tabled_layers.ts";

const codec = hasZstd ? createThreadedCodec({ threads: 0 }) : webCodec;

async function read(
  { bytes, annotations }: TabledLayer,
): Promise<{ listing: LayerListing | undefined; got: number }> {
  let got = 0;
  const listing = await readTable({
    size: bytes.length,
    annotations,
    codec,
    createHasher: createSha256,
    getPart: (start, length) => {
      got += length;
      return Promise.resolve(bytes.slice(start, start + length));
    },
  });
  return { listing, got };
}

function shown(listing: LayerListing | undefined): unknown {
  assert.ok(listing);
  const { whiteouts, opaque } = listing.removals();
  return [[...listing.entries()], [...whiteouts], [...opaque], listing.isDetailed];
}

for (const { name, make } of FORMATS) {
  test(`readTable() says of a layer in ${name} what its archive says`, async () => {
    const layer = await make(ENTRIES);
    const { listing } = await read(layer);
    const streamed = new LayerListing();
    const scanner = new LayerScanner(streamed, createSha256);
    await scanner.write(layer.tar);
    streamed.complete(true);
    assert.deepEqual(shown(listing), shown(streamed));
  });

  test(`readTable() reads a table of ${name} whatever chunk its JSON is cut in`, async () => {
    const many = Array.from({ length: 3_000 }, (_, at) => file(`srv/"\\[{${at}`, `${at}`));
    const { listing } = await read(await make(many));
    assert.equal(listing?.size, 3_001);
  });

  for (const [what, tampering] of Object.entries(hostileTables(name))) {
    test(`readTable() does not believe a table of ${name} with ${what}`, async () => {
      assert.equal((await read(await make(ENTRIES, tampering))).listing, undefined);
    });
  }
}

if (hasZstd) {
  const place = (text: string): Tampering => ({
    annotations: (all) => ({
      ...all,
      "io.github.containers.zstd-chunked.manifest-position": text,
    }),
  });
  for (const text of ["", "x", "1:2", "0:99999999999:1:1", "99999999:10:10:1", "8:40000000:1:1"]) {
    test(`readTable() asks for nothing where a table of zstd:chunked is at ${JSON.stringify(text)}`, async () => {
      const { listing, got } = await read(await zstdChunked(ENTRIES, place(text)));
      assert.deepEqual([listing, got], [undefined, 0]);
    });
  }
}
