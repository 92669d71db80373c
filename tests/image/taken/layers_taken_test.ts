import assert from "node:assert/strict";
import { test } from "node:test";
import type { Bytes } from "../../../lib/base/bytes.ts";
import { appendLayer, type AppendOptions } from "../../../lib/image/verbs/append.ts";
import { appendBatch } from "../../../lib/image/verbs/append_batch.ts";
import type { ImageResult } from "../../../lib/image/verbs/image_result.ts";
import type { Digest } from "../../../lib/oci/digest.ts";
import { createFakeRegistry, createNetwork } from "../../fake_registry/fake_registry.ts";
import {
  type Json,
  readDocument,
  readImage,
  seedImage,
  seedIndex,
  sha256,
  tarOf,
} from "../fake_images.ts";
import { memoryStore } from "../../storage/memory_store.ts";

const BASE = "registry.test/acme/base:1";
const TOOL = "registry.test/acme/tool:1";
const APP = "registry.test/acme/app:7";
const PLATFORMS = [
  { os: "linux", architecture: "amd64" },
  { os: "linux", architecture: "arm64" },
];

/** A base, and a tool that was made of it with two layers. */
async function withTool(family: "oci" | "docker" = "oci"): Promise<{
  registry: ReturnType<typeof createFakeRegistry>;
  /** Digest of the tool's upper layer. */
  layer: string;
  append: (options: Partial<AppendOptions>) => Promise<ImageResult>;
}> {
  const registry = createFakeRegistry();
  const { store, fetch, requests } = registry;
  await seedImage(store, "acme/base", "1", { family });
  const layers = ["lower", "upper"].map((name) => ({
    name,
    input: tarOf(name, name),
    history: `ADD ${name} /`,
  }));
  await appendLayer(BASE, TOOL, { fetch, host: {}, layers });
  requests.length = 0;
  const { manifest } = readImage(store, "acme/tool", "1");
  return {
    registry,
    layer: manifest.layers[3].digest,
    append: (options) => appendLayer(BASE, APP, { fetch, host: {}, layers: [], ...options }),
  };
}

for (const family of ["oci", "docker"] as const) {
  test(`appendLayer() takes a layer of an image of ${family}'s family by its digest, and reads none`, async () => {
    const { registry: { store, requests }, layer, append } = await withTool(family);
    const made = await append({ layersFrom: [`${TOOL}@${layer}`], layers: [tarOf("own", "x")] });
    const { layers, config, manifest } = readImage(store, "acme/app", "7");
    assert.deepEqual(layers.slice(2), [tarOf("upper", "upper"), tarOf("own", "x")]);
    assert.equal(manifest.layers[2].digest, layer);
    assert.deepEqual(
      config.history.slice(-2).map((entry: Json) => entry.created_by),
      ["ADD upper /", "appendlayer"],
    );
    assert.deepEqual(
      made.layers.map(({ digest, uploaded }) => [digest === layer, uploaded]),
      [[true, false], [false, true]],
    );
    assert.equal(made.layers[0]?.uncompressedSize, undefined);
    assert.ok(!requests.some(({ method, path }) => method === "GET" && path.includes(layer)));
  });
}

test("appendLayer() reads a layer once that no image is named for, and remembers what it was", async () => {
  const { registry: { store, requests }, layer, append } = await withTool();
  const cache = memoryStore();
  const { kept } = cache;
  const read = (): number =>
    requests.filter(({ method, path }) => method === "GET" && path.includes(layer)).length;
  const layersFrom = [`registry.test/acme/tool@${layer}`];
  let bytes = 0;
  await append({
    layersFrom,
    host: { cache },
    onProgress: (progress) => bytes = progress.kind === "base" ? progress.bytes : bytes,
  });
  assert.equal(read(), 1);
  assert.equal(bytes, store.repository("acme/tool").blobs.get(layer as Digest)?.length);
  const { layers, config } = readImage(store, "acme/app", "7");
  assert.deepEqual(layers[2], tarOf("upper", "upper"));
  assert.equal(config.history.at(-1).created_by, `LAYER registry.test/acme/tool@${layer}`);
  await append({ layersFrom, host: { cache } });
  assert.equal(read(), 1);
  for (const broken of ["{", "[]", '{"size":"1"}']) {
    kept.set(`layer 1 ${layer}`, new TextEncoder().encode(broken));
    const before = read();
    await append({ layersFrom, host: { cache } });
    assert.equal(read(), before + 1);
  }
  await append({ layersFrom, host: { cache }, cache: false });
  assert.equal(read(), 5);
});

test("appendLayer() takes an image's own layers, each platform those of its image, from another registry too", async () => {
  const from = createFakeRegistry({ host: "from.test" });
  const to = createFakeRegistry({ host: "to.test" });
  const fetch = createNetwork(from, to);
  await seedIndex(from.store, "acme/base", "1", PLATFORMS);
  await seedIndex(to.store, "acme/base", "2", PLATFORMS);
  const options = { fetch, host: {}, onWarning: () => {} };
  const byPlatform = {
    forPlatform: ({ architecture }: { architecture: string }): Bytes => tarOf("tool", architecture),
  };
  await appendLayer("from.test/acme/base:1", "from.test/acme/tool:1", {
    ...options,
    layers: [tarOf("common", "x"), byPlatform],
  });
  for (const base of [undefined, "from.test/acme/base:1"]) {
    const { transfer } = await appendLayer("to.test/acme/base:2", "to.test/acme/app:7", {
      ...options,
      layers: [],
      layersOf: "from.test/acme/tool:1",
      from: base,
    });
    assert.equal(transfer.blobsCopied, base === undefined ? 3 : 0);
    const { manifests } = readDocument(to.store, "acme/app", "7");
    for (const { digest, platform } of manifests) {
      const { layers } = readImage(to.store, "acme/app", digest);
      assert.deepEqual(
        layers.slice(2),
        [tarOf("common", "x"), tarOf("tool", platform.architecture)],
      );
    }
  }
});

test("appendLayer() warns of layers that are taken of an image for another platform", async () => {
  const { registry: { store, fetch } } = await withTool();
  await seedImage(store, "acme/arm", "1", { platform: { os: "linux", architecture: "arm64" } });
  const { warningDetails } = await appendLayer("registry.test/acme/arm:1", APP, {
    fetch,
    host: {},
    layers: [],
    layersOf: TOOL,
  });
  assert.deepEqual(warningDetails.map(({ code }) => code), ["platform-differs"]);
  assert.match(warningDetails[0]?.message ?? "", /for "linux\/amd64" are taken for "linux\/arm64"/);
});

test("appendLayer() replaces taken layers by name, and leaves an image alone that has them", async () => {
  const { registry: { fetch, store }, append } = await withTool();
  const take = { layersOf: TOOL, replace: "tool" };
  const { digest } = await append(take);
  const again = await appendLayer(APP, APP, { fetch, host: {}, layers: [], ...take });
  assert.deepEqual([again.unchanged, again.digest], [true, digest]);
  const dry = await append({ ...take, dryRun: true, layers: [tarOf("x", "x")] });
  assert.equal(dry.layers.length, 3);
  assert.equal(store.repository("acme/app").tags.get("7"), digest);
});

test("appendLayer() asks taken layers like those of the base", async () => {
  const { registry: { fetch, store }, append } = await withTool();
  const directory = tarOf("opt/own/", "");
  directory.set(new TextEncoder().encode("0000700\x000000005\x000000006\0"), 100);
  directory.set(new TextEncoder().encode("5"), 156);
  directory.fill(32, 148, 156);
  const sum = directory.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  directory.set(new TextEncoder().encode(`${sum.toString(8).padStart(6, "0")}\0 `), 148);
  await appendLayer(BASE, TOOL, { fetch, host: {}, layers: [directory] });
  const kinds: (string | undefined)[] = [];
  await append({
    layersOf: TOOL,
    layers: [async function* (base): AsyncIterable<Uint8Array> {
      kinds.push(await base?.kindOf("opt/own"));
      yield tarOf("opt/own/app", "x");
    }],
  });
  assert.deepEqual(kinds, ["directory"]);
  const own = new TextDecoder().decode(readImage(store, "acme/app", "7").layers[3]);
  // The directory's entry stands before the file's, with its mode and owner.
  assert.equal(
    own.slice(0, 124).replaceAll("\0", " ").replace(/ +/g, " "),
    "opt/own/ 0000700 0000005 0000006 ",
  );
});

test("appendBatch() takes layers for each image", async () => {
  const { registry: { fetch, store }, layer } = await withTool();
  const jobs = [{ base: BASE, target: APP }];
  const options = { fetch, host: {}, layers: [], layersFrom: [`${TOOL}@${layer}`] };
  for await (const { status } of appendBatch(jobs, options)) assert.equal(status, "done");
  assert.deepEqual(readImage(store, "acme/app", "7").layers[2], tarOf("upper", "upper"));
});

test("appendLayer() refuses layers that cannot be taken, and sends nothing", async () => {
  const { registry: { store, requests, fetch }, layer, append } = await withTool();
  const { manifest } = readImage(store, "acme/tool", "1");
  const config = manifest.config.digest;
  const other = sha256(new Uint8Array(1));
  await seedImage(store, "acme/tool", "none", {
    platform: { os: "linux", architecture: "arm64" },
  });
  await seedIndex(store, "acme/tool", "arm", PLATFORMS.slice(1));
  await seedImage(store, "acme/tool", "foreign", {
    manifest: {
      layers: manifest.layers.slice(0, 2).map((one: Json) => ({
        ...one,
        mediaType: "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
      })),
    },
  });
  await seedImage(store, "acme/tool", "odd", { config: { rootfs: { ["diff_ids"]: [other] } } });
  const foreign = `registry.test/acme/tool:foreign@${manifest.layers[0].digest}`;
  const cases: readonly (readonly [Partial<AppendOptions>, RegExp])[] = [
    [{ layersFrom: [TOOL] }, /expected "REPOSITORY\[:TAG\]@sha256:…"/],
    [{ layersFrom: ["docker-daemon:x"] }, /as LAYERS of "append"/],
    [{ from: BASE, layers: [tarOf("a", "")] }, /as from without layersOf/],
    [{ layersFrom: [`${TOOL}@${other}`] }, /its image for "linux\/amd64" has no such layer/],
    [{ layersFrom: [`registry.test/acme/tool:arm@${layer}`] }, /there is no image for/],
    [{ layersFrom: [`registry.test/acme/tool@${other}`] }, /404/],
    [
      { layersFrom: [`registry.test/acme/tool@${config}`] },
      /Cannot take "sha256:[0-9a-f]+" of .* as a layer: /,
    ],
    [{ layersFrom: [foreign] }, /is not a layer that registries keep/],
    [{ layersOf: "registry.test/acme/tool:odd", from: "scratch" }, /lists? .* layers|diff_ids/],
    [{ layersOf: BASE }, /it does not name its base/],
    [{ layersOf: TOOL, from: "registry.test/acme/tool:none" }, /no image for "linux\/amd64"/],
    [{}, /there is no layer/],
  ];
  for (const [options, message] of cases) await assert.rejects(append(options), message);
  assert.ok(!requests.some(({ method }) => method === "PUT"));
  const stopped = AbortSignal.abort(new Error("stopped"));
  const taking = { layersFrom: [`registry.test/acme/tool@${layer}`], signal: stopped };
  await assert.rejects(append(taking), /stopped/);
  assert.ok(fetch);
});
