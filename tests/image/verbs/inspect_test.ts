import assert from "node:assert/strict";
import { test } from "node:test";
import { inspectImage } from "../../../lib/image/verbs/inspect.ts";
import { listTags } from "../../../lib/image/verbs/list_tags.ts";
import { createFakeRegistry } from "../../fake_registry/fake_registry.ts";
import { createMemoryDirectory } from "../../layout/memory_directory.ts";
import { readImage, seedImage, seedIndex, seedIndexOf } from "../fake_images.ts";

const AMD64 = { os: "linux", architecture: "amd64" };
const ARM64 = { os: "linux", architecture: "arm64", variant: "v8" };

test("inspectImage() shows manifest, config and layers of an image", async () => {
  const registry = createFakeRegistry();
  const { fetch } = registry;
  const { digest, size } = await seedImage(registry.store, "acme/app", "1");
  const { manifest, config } = readImage(registry.store, "acme/app", "1");
  const found = await inspectImage("registry.test/acme/app:1", { fetch, host: {} });
  assert.deepEqual(found, {
    name: "registry.test/acme/app:1",
    digest,
    mediaType: manifest.mediaType,
    size,
    images: [{
      platform: "linux/amd64",
      digest,
      mediaType: manifest.mediaType,
      layersSize: manifest.layers[0].size + manifest.layers[1].size,
      layers: manifest.layers.map((layer: Record<string, unknown>, index: number) => ({
        ...layer,
        diffId: config.rootfs.diff_ids[index],
        createdBy: `step ${index}`,
      })),
      manifest,
      config,
    }],
  });
  assert.equal(registry.requests.length, 2);
});

test("inspectImage() shows all images of an index, or those that are wanted", async () => {
  const { store, fetch } = createFakeRegistry();
  const { digest, images } = await seedIndex(store, "acme/app", "1", [AMD64, ARM64]);
  const all = await inspectImage("registry.test/acme/app:1", { fetch, host: {} });
  assert.equal(all.digest, digest);
  assert.equal(all.index?.manifests.length, 4);
  assert.deepEqual(all.images.map((image) => [image.platform, image.digest]), [
    ["linux/amd64", images[0]?.digest],
    ["linux/arm64/v8", images[1]?.digest],
  ]);
  const one = await inspectImage("registry.test/acme/app:1", {
    fetch,
    host: {},
    platforms: ["linux/arm64"],
  });
  assert.deepEqual(one.images.map((image) => image.platform), ["linux/arm64/v8"]);
});

test("inspectImage() looks into nested indexes", async () => {
  const { store, fetch } = createFakeRegistry();
  const { digest } = await seedIndex(store, "acme/app", "1", [ARM64]);
  const size = store.repository("acme/app").manifest(digest)?.bytes.length;
  const mediaType = "application/vnd.oci.image.index.v1+json";
  await store.seedManifest("acme/app", "nested", {
    schemaVersion: 2,
    mediaType,
    manifests: [{ mediaType, digest, size }],
  } as { mediaType: string });
  const { images } = await inspectImage("registry.test/acme/app:nested", { fetch, host: {} });
  assert.deepEqual(images.map((image) => image.platform), ["linux/arm64/v8"]);
});

test("inspectImage() finds platforms in nested indexes, and reads each once", async () => {
  const { store, fetch, requests } = createFakeRegistry();
  const amd64 = await seedImage(store, "acme/app", undefined);
  const arm64 = await seedImage(store, "acme/app", undefined, { platform: ARM64 });
  const inner = await seedIndexOf(store, undefined, [arm64, amd64]);
  const whole = await seedIndexOf(store, "1", [inner]);
  const inspect = (...platforms: readonly string[]): ReturnType<typeof inspectImage> =>
    inspectImage("registry.test/acme/app:1", { fetch, host: {}, platforms });
  const one = await inspect("linux/arm64");
  assert.equal(one.digest, whole.digest);
  assert.deepEqual(one.index?.manifests, [inner]);
  assert.deepEqual(one.images.map(({ platform, digest }) => [platform, digest]), [
    ["linux/arm64/v8", arm64.digest],
  ]);
  assert.equal(requests.length, 4, "two indexes, manifest, config");
  const both = await inspect("linux/amd64", "linux/arm64");
  assert.deepEqual(both.images.map((image) => image.platform), ["linux/arm64/v8", "linux/amd64"]);
  assert.equal(requests.length, 10);
});

test("inspectImage() reads once what an index lists often, and refuses too much of it", async () => {
  const { store, fetch, requests } = createFakeRegistry();
  const image = await seedImage(store, "acme/app", undefined);
  const nested = await seedIndexOf(store, undefined, Array(20).fill(image));
  await seedIndexOf(store, "1", Array(20).fill(nested));
  const { images } = await inspectImage("registry.test/acme/app:1", { fetch, host: {} });
  assert.equal(images.length, 400);
  assert.equal(requests.length, 4);

  const wide = await seedIndexOf(store, undefined, Array(2_000).fill(image));
  await seedIndexOf(store, "wide", Array(2_000).fill(wide));
  await assert.rejects(
    inspectImage("registry.test/acme/app:wide", { fetch, host: {} }),
    {
      name: "RangeError",
      message:
        "Cannot read the image of registry.test/acme/app: its indexes list more than 5000 images",
    },
  );
  let deep = image;
  for (let level = 0; level < 6; level++) deep = await seedIndexOf(store, "deep", [deep]);
  await assert.rejects(
    inspectImage("registry.test/acme/app:deep", { fetch, host: {} }),
    /its indexes are nested more than 4 deep/,
  );
});

test("inspectImage() gives numbers as numbers", async () => {
  const { store, fetch } = createFakeRegistry();
  const bytes = new TextEncoder().encode(
    '{"os":"linux","architecture":"amd64","x":[1.0,12345678901234567890],"rootfs":{"diff_ids":[]}}',
  );
  await store.seedManifest("acme/app", "1", {
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    config: {
      mediaType: "application/vnd.oci.image.config.v1+json",
      digest: await store.seedBlob("acme/app", bytes),
      size: bytes.length,
    },
    layers: [],
  } as { mediaType: string });
  const { images } = await inspectImage("registry.test/acme/app:1", { fetch, host: {} });
  assert.deepEqual(images[0]?.config?.["x"], [1, 12345678901234567000]);
});

test("inspectImage() leaves out what a history that is off would say", async () => {
  const { store, fetch } = createFakeRegistry();
  await seedImage(store, "acme/app", "1", { config: { history: [{ created_by: "one" }] } });
  const { images } = await inspectImage("registry.test/acme/app:1", { fetch, host: {} });
  assert.ok(images[0]?.layers.every((layer) => layer.createdBy === undefined));
});

test("inspectImage() shows an artifact without a config", async () => {
  const { store, fetch } = createFakeRegistry();
  const content = new TextEncoder().encode("a chart");
  const blob = await store.seedBlob("acme/chart", content);
  await store.seedManifest("acme/chart", "1", {
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    config: { mediaType: "application/vnd.cncf.helm.config.v1+json", digest: blob, size: 7 },
    layers: [{ mediaType: "application/tar+gzip", digest: blob, size: 7 }],
  } as { mediaType: string });
  const { images } = await inspectImage("registry.test/acme/chart:1", { fetch, host: {} });
  assert.equal(images[0]?.config, undefined);
  assert.equal(images[0]?.layersSize, 7);
});

test("inspectImage() refuses a platform that is not there", async () => {
  const { store, fetch } = createFakeRegistry();
  await seedImage(store, "acme/app", "1");
  await assert.rejects(
    inspectImage("registry.test/acme/app:1", { fetch, host: {}, platforms: ["linux/arm64"] }),
    RangeError,
  );
});

test("listTags() lists the tags of a repository and of a layout", async () => {
  const { store, fetch } = createFakeRegistry();
  await seedImage(store, "acme/app", "1");
  await seedImage(store, "acme/app", "2");
  const tags: string[] = [];
  for await (const tag of listTags("registry.test/acme/app", { fetch, host: {} })) tags.push(tag);
  assert.deepEqual(tags, ["1", "2"]);
  const directory = createMemoryDirectory();
  const host = { openDirectory: () => directory };
  await assert.rejects(async () => {
    for await (const _ of listTags("oci:nowhere", { host }));
  }, /no OCI image layout/);
});
