import assert from "node:assert/strict";
import { test } from "node:test";
import { appendLayer, type AppendOptions } from "../../../lib/image/verbs/append.ts";
import type { LayerInput, PlatformLayerInput } from "../../../lib/layer/layer_input.ts";
import { formatPlatform, type Platform } from "../../../lib/oci/platform.ts";
import { createFakeRegistry } from "../../fake_registry/fake_registry.ts";
import { type Json, readDocument, readImage, seedImage, seedIndex, tarOf } from "../fake_images.ts";

const BASE = "registry.test/acme/base:1";
const APP = "registry.test/acme/app:7";
const PLATFORMS: readonly Platform[] = [
  { os: "linux", architecture: "amd64" },
  { os: "linux", architecture: "arm", variant: "v6" },
  { os: "linux", architecture: "arm", variant: "v7" },
];

/** A layer for each architecture, whose function counts how often it is read. */
function byArchitecture(): PlatformLayerInput & { readonly read: string[] } {
  const read: string[] = [];
  const made = new Map<string, LayerInput>();
  return {
    read,
    forPlatform({ architecture }): LayerInput {
      const layer = made.get(architecture) ?? {
        name: architecture,
        history: `ADD app-${architecture} /`,
        input: async function* (): AsyncIterable<Uint8Array> {
          read.push(architecture);
          yield await Promise.resolve(tarOf("app", architecture));
        },
      };
      made.set(architecture, layer);
      return layer;
    },
  };
}

for (const readBase of ["auto", "all", "none"] as const) {
  test(`appendLayer() gives each platform its own layer, and equal ones once, with readBase ${readBase}`, async () => {
    const { store, fetch } = createFakeRegistry();
    await seedIndex(store, "acme/base", "1", PLATFORMS);
    const layer = byArchitecture();
    const options: AppendOptions = { fetch, host: {}, layers: [layer], readBase };
    const { layers, platforms } = await appendLayer(BASE, APP, options);
    assert.deepEqual(layer.read.sort(), ["amd64", "arm"]);
    assert.equal(layers.length, 2);
    assert.deepEqual(platforms.map(({ platform }) => platform), PLATFORMS.map(formatPlatform));
    const { manifests } = readDocument(store, "acme/app", "7");
    for (const { digest, platform } of manifests) {
      const { layers, config } = readImage(store, "acme/app", digest);
      assert.deepEqual(layers[2], tarOf("app", platform.architecture));
      assert.equal(config.history.at(-1).created_by, `ADD app-${platform.architecture} /`);
    }
  });
}

test("appendLayer() makes an index of scratch and several platforms", async () => {
  const { store, fetch, requests } = createFakeRegistry();
  const layers = [tarOf("common", "all"), byArchitecture()];
  const platforms = ["linux/amd64", "linux/arm/v7"];
  await appendLayer("scratch", APP, { fetch, host: {}, layers, platforms });
  const { manifests } = readDocument(store, "acme/app", "7");
  assert.deepEqual(manifests.map(({ platform }: Json) => formatPlatform(platform)), platforms);
  for (const { digest, platform } of manifests) {
    const { layers } = readImage(store, "acme/app", digest);
    assert.deepEqual(layers, [tarOf("common", "all"), tarOf("app", platform.architecture)]);
  }
  // What both have is sent once: three layers and two configs.
  assert.equal(
    requests.filter(({ method, path }) => method === "PUT" && path.includes("blobs")).length,
    5,
  );
});

test("appendLayer() chooses by the platform of an index's entry where the config says less", async () => {
  const { store, fetch } = createFakeRegistry();
  const image = await seedImage(store, "acme/base", undefined, {
    platform: { os: "linux", architecture: "arm" },
  });
  await store.seedManifest("acme/base", "1", {
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.index.v1+json",
    manifests: [{ ...image, platform: PLATFORMS[1] }],
  } as { mediaType: string });
  const asked: string[] = [];
  const layer: PlatformLayerInput = {
    forPlatform(platform): LayerInput {
      asked.push(formatPlatform(platform));
      return tarOf("app", "");
    },
  };
  await appendLayer(BASE, APP, { fetch, host: {}, layers: [layer] });
  await appendLayer(BASE, APP, { fetch, host: {}, layers: [layer], platforms: ["linux/arm/v6"] });
  assert.deepEqual(asked, ["linux/arm/v6", "linux/arm/v6"]);
});

test("appendLayer() replaces layers that differ by platform, and leaves equal ones alone", async () => {
  const { store, fetch } = createFakeRegistry();
  await seedIndex(store, "acme/base", "1", PLATFORMS);
  const options: AppendOptions = { fetch, host: {}, layers: [byArchitecture()], replace: "app" };
  const { digest } = await appendLayer(BASE, APP, options);
  const again = await appendLayer(APP, APP, options);
  assert.deepEqual([again.unchanged, again.digest], [true, digest]);
});

test("appendLayer() sends nothing where a platform has no layer, or a stream would be read twice", async () => {
  const { store, fetch, requests } = createFakeRegistry();
  await seedIndex(store, "acme/base", "1", PLATFORMS);
  const none: PlatformLayerInput = {
    forPlatform({ architecture }): LayerInput {
      if (architecture === "arm") throw new RangeError("Cannot use arm");
      return tarOf("app", architecture);
    },
  };
  const append = (layers: AppendOptions["layers"], base = BASE): Promise<unknown> =>
    appendLayer(base, APP, { fetch, host: {}, layers });
  await assert.rejects(append([none]), new RangeError("Cannot use arm"));
  const stream = new Blob([tarOf("x", "")]).stream();
  await assert.rejects(append([stream, byArchitecture()]), /it is read for each platform/);
  const wrong = { forPlatform: () => 5 } as unknown as PlatformLayerInput;
  await assert.rejects(append([wrong]), TypeError);
  await seedImage(store, "acme/base", "2", { platform: { os: "", architecture: "" } });
  await assert.rejects(
    append([byArchitecture()], "registry.test/acme/base:2"),
    /the image does not say what it is for/,
  );
  assert.ok(!requests.some(({ method }) => method === "PUT"));
  assert.equal(store.repository("acme/app").manifest("7"), undefined);
});
