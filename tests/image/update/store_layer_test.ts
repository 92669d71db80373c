/** Layers whose upload has to start over: what was read is had again, or the reader is told why not. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Bytes, ByteStream } from "../../../lib/base/bytes.ts";
import { collectBytes } from "../../../lib/base/collect.ts";
import { runTasks } from "../../../lib/base/task_group.ts";
import { createAccess } from "../../../lib/image/access/access.ts";
import { storeLayer, type StoreLayerOptions } from "../../../lib/image/update/store_layer.ts";
import type { StoredLayer } from "../../../lib/image/update/stored_layer.ts";
import { appendLayer } from "../../../lib/image/verbs/append.ts";
import type { Codec } from "../../../lib/layer/compression/codec.ts";
import type { LayerInput } from "../../../lib/layer/layer_input.ts";
import { writeTar } from "../../../lib/tar/writer.ts";
import { createFakeRegistry } from "../../fake_registry/fake_registry.ts";
import type { Fault } from "../../fake_registry/fault.ts";
import { randomBytes } from "../../registry/blob_sources.ts";
import { createClient, type TestClient } from "../../registry/client.ts";
import { readImage, seedImage, sha256, tarOf } from "../fake_images.ts";
import { readEntries } from "../read_entries.ts";

/** Far more than the client of these tests keeps in memory. */
const TAR = tarOf("random.txt", [...randomBytes(40_000)].join());

/** A session that is lost in the middle: its connection breaks, and the registry forgets it. */
const LOST_SESSION: readonly Fault[] = [
  { method: "PATCH", action: { kind: "cut", bytes: 60_000 } },
  { method: "GET", path: /uploads\/session/, action: { kind: "status", status: 404 } },
];

/** A session that is refused when all of it was sent. */
const LOST_AT_THE_END: readonly Fault[] = [
  { method: "PUT", path: /uploads\/session/, action: { kind: "status", status: 404 } },
];

/** Opens one archive after the other, and counts how often. */
function openings(...archives: readonly Bytes[]): { (): ByteStream; count: number } {
  async function* read(archive: Bytes): ByteStream {
    for (let start = 0; start < archive.length; start += 1_000) {
      yield await Promise.resolve(archive.slice(start, start + 1_000));
    }
  }
  const open = (): ByteStream =>
    read(archives[Math.min(open.count++, archives.length - 1)] ?? new Uint8Array());
  open.count = 0;
  return open;
}

/** Compression whose bytes differ each time, as those of runtimes may that compress what happens to come. */
function unsteadyCodec(): Codec {
  let count = 0;
  return {
    compress: () =>
      async function* (source): ByteStream {
        yield new Uint8Array(10).fill(++count);
        yield* source;
      },
    decompress: () => (source) => source,
  };
}

async function store(
  client: TestClient,
  input: LayerInput,
  options: Partial<StoreLayerOptions>,
  codec?: Codec | undefined,
): Promise<StoredLayer> {
  const access = await createAccess({ host: codec === undefined ? {} : { codec } });
  const { repository } = client;
  try {
    return await runTasks(
      undefined,
      (group) => storeLayer(input, { repository, access, group, index: 0, ...options }),
    );
  } finally {
    await client.registries.settle();
    assert.equal(client.registry.openSessions(), 0);
  }
}

function storedBytes(client: TestClient, { digest, size }: StoredLayer): Bytes {
  const bytes = client.registry.store.repository("acme/app").blobs.get(digest);
  assert.ok(bytes);
  assert.equal(bytes.length, size);
  assert.equal(sha256(bytes), digest);
  return bytes;
}

for (const [when, faults] of Object.entries({ LOST_SESSION, LOST_AT_THE_END })) {
  test(`storeLayer() opens a layer's function anew where there is no spool: ${when}`, async () => {
    const client = createClient({ faults });
    const open = openings(TAR);
    const layer = await store(client, open, { compression: "none" });
    assert.equal(open.count, 2);
    assert.deepEqual(storedBytes(client, layer), TAR);
    assert.equal(layer.diffId, sha256(TAR));
  });

  test(`storeLayer() describes the reading that was stored, if each one is compressed otherwise: ${when}`, async () => {
    const client = createClient({ faults });
    const diffIds: string[] = [];
    const layer = await store(
      client,
      openings(TAR),
      { compression: "gzip", onPacked: (diffId) => diffIds.push(diffId) },
      unsteadyCodec(),
    );
    assert.deepEqual(storedBytes(client, layer).subarray(0, 10), new Uint8Array(10).fill(2));
    assert.equal(layer.diffId, sha256(TAR));
    assert.deepEqual([...new Set(diffIds)], [layer.diffId]);
  });

  test(`storeLayer() fails with a reason where a stream would have to be read again: ${when}`, async () => {
    await assert.rejects(
      store(createClient({ faults }), openings(TAR)(), { compression: "none" }),
      {
        name: "RegistryError",
        message: /; the upload cannot start anew, because its source can be read only once$/,
      },
    );
  });
}

test("storeLayer() refuses another archive when it is opened anew, and stores none", async () => {
  const client = createClient({ faults: LOST_AT_THE_END });
  const other = tarOf("random.txt", [...randomBytes(40_000, 2)].join());
  await assert.rejects(store(client, openings(TAR, other), { compression: "none" }), {
    name: "LayerError",
    message: "Cannot use the layer: it is not the same archive when it is read again: " +
      `expected diffId ${sha256(TAR)}, got ${sha256(other)}`,
  });
  assert.equal(client.registry.store.repository("acme/app").blobs.size, 0);
});

test("storeLayer() reads a layer once where it is small enough to be kept", async () => {
  const client = createClient({ faults: [{ method: "PUT", action: { kind: "cut", bytes: 100 } }] });
  const open = openings(tarOf("a", "small"));
  await store(client, open, { compression: "none" });
  assert.equal(open.count, 1);
});

/** A session that is lost when more than the buffer was sent. */
const LOST_LARGE: readonly Fault[] = [
  { method: "PATCH", action: { kind: "cut", bytes: 11_500_000 } },
  { method: "GET", path: /uploads\/session/, action: { kind: "status", status: 404 } },
];

for (const readBase of [false, true]) {
  test(`appendLayer() without a host opens a large layer's function anew, and the image is whole: readBase ${readBase}`, async () => {
    const common = { mode: 0o750, uid: 7, gid: 7, mtime: 0 };
    const content = randomBytes(12 * 1024 * 1024);
    const large = await collectBytes(writeTar([
      { ...common, path: "dir/empty", type: "file", size: 0 },
      { ...common, path: "dir/", type: "directory", size: 0 },
      { ...common, path: "dir/large", type: "file", size: content.length, content },
    ]));
    const { store, fetch } = createFakeRegistry({ faults: LOST_LARGE });
    await seedImage(store, "acme/app", "1");
    const open = openings(large);
    const { layers } = await appendLayer("registry.test/acme/app:1", "registry.test/acme/app:2", {
      layers: [open],
      compression: "none",
      host: {},
      fetch,
      readBase,
    });
    // On a base, the directory that comes late is seen by one more reading, and looked for by another.
    assert.equal(open.count, readBase ? 4 : 2);
    const image = readImage(store, "acme/app", "2");
    assert.deepEqual(readEntries(image.layers.at(-1) ?? large), readEntries(large));
    assert.equal(layers[0]?.digest, image.manifest.layers.at(-1).digest);
    assert.equal(layers[0]?.diffId, image.config.rootfs.diff_ids.at(-1));
  });
}
