import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { toReadable } from "../../../lib/base/readable.ts";
import { appendLayer, type AppendOptions } from "../../../lib/image/verbs/append.ts";
import type { Fetch } from "../../../lib/base/fetch.ts";
import type { Codec } from "../../../lib/layer/compression/codec.ts";
import { parsePlatform } from "../../../lib/oci/platform.ts";
import { createFakeRegistry, createNetwork } from "../../fake_registry/fake_registry.ts";
import { createMemoryDirectory } from "../../layout/memory_directory.ts";
import {
  type Json,
  readDocument,
  readImage,
  seedImage,
  seedIndex,
  seedIndexOf,
  seedTooMuch,
  seedUnknown,
  sha256,
  tarOf,
} from "../fake_images.ts";

const TAR = tarOf("hello.txt", "hello");
const CREATED = new Date("2024-02-03T04:05:06Z");
const AMD64 = { os: "linux", architecture: "amd64" };
const ARM64 = { os: "linux", architecture: "arm64", variant: "v8" };

/** Calls bytes compressed, and leaves them as they are. */
const FAKE_CODEC: Codec = {
  compress: () => (source) => source,
  decompress: () => (source) => source,
};

/** What all tests here say: nothing of this machine is to be used. */
const options = (fetch: Fetch, rest: Partial<AppendOptions> = {}): AppendOptions => ({
  layers: [TAR],
  created: CREATED,
  host: {},
  fetch,
  ...rest,
});

for (const family of ["oci", "docker"] as const) {
  test(`appendLayer() puts a layer on a ${family} image and keeps its family`, async () => {
    const { store, fetch } = createFakeRegistry();
    await seedImage(store, "acme/app", "1", { family });
    const result = await appendLayer(
      "registry.test/acme/app:1",
      "registry.test/acme/app:2",
      options(fetch),
    );

    const before = readImage(store, "acme/app", "1");
    const after = readImage(store, "acme/app", "2");
    assert.equal(after.mediaType, before.mediaType);
    assert.equal(after.manifest.config.mediaType, before.manifest.config.mediaType);
    assert.deepEqual(after.manifest.layers.slice(0, 2), before.manifest.layers);
    assert.equal(after.manifest.layers[2].mediaType, before.manifest.layers[0].mediaType);
    assert.deepEqual(after.layers[2], TAR);
    assert.equal(after.config.created, CREATED.toISOString());
    assert.deepEqual(after.config.history, [
      ...before.config.history,
      { created: CREATED.toISOString(), created_by: "appendlayer" },
    ]);
    assert.equal(result.target, "registry.test/acme/app:2");
    assert.equal(result.digest, store.repository("acme/app").tags.get("2"));
    assert.equal(result.mediaType, after.mediaType);
    assert.deepEqual(result.platforms, [{ platform: "linux/amd64", digest: result.digest }]);
    assert.deepEqual(result.layers, [{
      digest: after.manifest.layers[2].digest,
      diffId: sha256(TAR),
      mediaType: after.manifest.layers[2].mediaType,
      size: after.manifest.layers[2].size,
      uncompressedSize: TAR.length,
      uploaded: true,
    }]);
    assert.deepEqual(result.warnings, []);
  });
}

test("appendLayer() needs at most 8 requests, 4 steps deep, and never asks for a base layer", async () => {
  const registry = createFakeRegistry({ lockstep: true });
  await seedImage(registry.store, "acme/app", "1");
  const base = readImage(registry.store, "acme/app", "1");
  await appendLayer(
    "registry.test/acme/app:1",
    "registry.test/acme/app:2",
    options(registry.fetch),
  );

  const lines = registry.requests.map(({ method, path }) => `${method} ${path}`);
  assert.ok(lines.length <= 8, lines.join("\n"));
  assert.equal(Math.max(...registry.requests.map(({ step }) => step)), 4, lines.join("\n"));
  const { layers } = readImage(registry.store, "acme/app", "2").manifest;
  assert.ok(lines.some((line) => line.startsWith("HEAD") && line.endsWith(layers[2].digest)));
  for (const { digest } of base.manifest.layers) {
    assert.ok(!lines.some((line) => line.includes(digest)), digest);
  }
  assert.equal(registry.openSessions(), 0);
});

test("appendLayer() sends the config while a large layer is still on its way", async () => {
  const registry = createFakeRegistry({ lockstep: true });
  await seedImage(registry.store, "acme/app", "1");
  const noise = randomBytes(10 * 1024 * 1024).toString("base64");
  await appendLayer(
    "registry.test/acme/app:1",
    "registry.test/acme/app:2",
    options(registry.fetch, {
      layers: [tarOf("noise", noise)],
      created: undefined,
    }),
  );

  const { config, layers } = readImage(registry.store, "acme/app", "2").manifest;
  const stepOf = (digest: string): number =>
    registry.requests.find(({ method, path }) =>
      method === "PUT" && decodeURIComponent(path).endsWith(digest)
    )?.step ?? 0;
  const [configStep, layerStep] = [stepOf(config.digest), stepOf(layers[2].digest)];
  assert.ok(registry.requests.some(({ method }) => method === "PATCH"), "it was not streamed");
  assert.ok(configStep > 0 && configStep <= layerStep, `steps ${configStep} and ${layerStep}`);
});

test("appendLayer() done again uploads no blob and leaves no session open", async () => {
  const registry = createFakeRegistry();
  await seedImage(registry.store, "acme/app", "1");
  const again = (): ReturnType<typeof appendLayer> =>
    appendLayer("registry.test/acme/app:1", "registry.test/acme/app:2", options(registry.fetch));
  const first = await again();
  const before = registry.requests.length;
  const second = await again();
  assert.equal(second.digest, first.digest);
  assert.equal(second.layers[0]?.uploaded, false);
  const puts = registry.requests.slice(before).filter(({ method }) => method === "PUT");
  assert.deepEqual(puts.map(({ path }) => path), ["/v2/acme/app/manifests/2"]);
  assert.equal(registry.openSessions(), 0);
});

test("appendLayer() keeps unknown fields, key order and big numbers of manifest and config", async () => {
  const { store, fetch } = createFakeRegistry();
  await seedImage(store, "acme/app", "1", {
    config: { zebra: { nested: [1, null] }, author: "base", container_config: { Cmd: ["old"] } },
    manifest: { annotations: { a: "b" }, extra: "kept" },
  });
  await appendLayer("registry.test/acme/app:1", "registry.test/acme/app:2", options(fetch));
  const before = readImage(store, "acme/app", "1");
  const after = readImage(store, "acme/app", "2");
  assert.deepEqual(Object.keys(after.config), Object.keys(before.config));
  assert.deepEqual(Object.keys(after.manifest), Object.keys(before.manifest));
  const without = (
    { created: _created, rootfs: _rootfs, history: _history, ...rest }: Json,
  ): Json => rest;
  assert.deepEqual(without(after.config), without(before.config));
  assert.equal(after.manifest.extra, "kept");
});

test("appendLayer() changes config, annotations and tags in the same push", async () => {
  const { store, fetch } = createFakeRegistry();
  await seedImage(store, "acme/app", "1");
  const result = await appendLayer(
    "registry.test/acme/app:1",
    "registry.test/acme/app:2",
    options(fetch, {
      env: { MODE: "prod", PATH: null },
      cmd: ["run"],
      labels: { team: "a" },
      annotations: { note: "n" },
      baseAnnotations: false,
      author: "me",
      comment: "why",
      tags: ["stable", "2"],
    }),
  );
  const { config, manifest } = readImage(store, "acme/app", "2");
  assert.deepEqual(config.config, { Env: ["MODE=prod"], Cmd: ["run"], Labels: { team: "a" } });
  assert.equal(config.author, "me");
  assert.equal(config.history.at(-1).comment, "why");
  assert.deepEqual(manifest.annotations, { note: "n" });
  assert.deepEqual(result.tags, ["2", "stable"]);
  assert.equal(store.repository("acme/app").tags.get("stable"), result.digest);
});

test("appendLayer() mounts the base's layers into another repository of the registry", async () => {
  const registry = createFakeRegistry();
  await seedImage(registry.store, "acme/base", "1");
  const result = await appendLayer(
    "registry.test/acme/base:1",
    "registry.test/acme/app:2",
    options(registry.fetch),
  );
  readImage(registry.store, "acme/app", "2");
  assert.equal(result.transfer.blobsMounted, 2);
  assert.equal(result.transfer.blobsCopied, 0);
  const reads = registry.requests.filter(({ method, path }) =>
    method === "GET" && path.includes("/blobs/")
  );
  assert.equal(reads.length, 1, "the base's config");
});

test("appendLayer() copies what is missing into another registry, each blob once", async () => {
  const from = createFakeRegistry({ host: "from.test" });
  const to = createFakeRegistry({ host: "to.test" });
  await seedImage(from.store, "acme/base", "1");
  const { manifest } = readImage(from.store, "acme/base", "1");
  const there = from.store.repository("acme/base").blobs.get(manifest.layers[0].digest);
  assert.ok(there);
  await to.store.seedBlob("acme/app", there);
  const result = await appendLayer(
    "from.test/acme/base:1",
    "to.test/acme/app:2",
    options(createNetwork(from, to)),
  );
  readImage(to.store, "acme/app", "2");
  assert.equal(result.transfer.blobsCopied, 1);
  assert.equal(result.transfer.blobsSkipped, 1);
});

test("appendLayer() refuses a base layer that arrives changed, and writes no tag", async () => {
  const from = createFakeRegistry({ host: "from.test" });
  const to = createFakeRegistry({ host: "to.test" });
  await seedImage(from.store, "acme/base", "1");
  const { layers } = readImage(from.store, "acme/base", "1").manifest;
  const { blobs } = from.store.repository("acme/base");
  const bytes = blobs.get(layers[1].digest) ?? new Uint8Array();
  blobs.set(layers[1].digest, bytes.map((byte, index) => index === 20 ? byte ^ 1 : byte));
  await assert.rejects(
    appendLayer("from.test/acme/base:1", "to.test/acme/app:2", options(createNetwork(from, to))),
    { name: "DigestMismatchError" },
  );
  assert.equal(to.store.repository("acme/app").tags.size, 0);
});

for (const family of ["oci", "docker"] as const) {
  test(`appendLayer() gives every image of a ${family} index the layer, uploaded once, and drops attestations`, async () => {
    const registry = createFakeRegistry();
    const { images } = await seedIndex(registry.store, "acme/app", "1", [AMD64, ARM64], family);
    const before = registry.requests.length;
    const result = await appendLayer(
      "registry.test/acme/app:1",
      "registry.test/acme/app:2",
      options(registry.fetch, { baseAnnotations: false }),
    );

    const index = readDocument(registry.store, "acme/app", "2");
    assert.equal(index.mediaType, readDocument(registry.store, "acme/app", "1").mediaType);
    assert.equal(index.manifests.length, 2);
    assert.deepEqual(index.annotations, { kept: "yes" });
    index.manifests.forEach((entry: Json, number: number) => {
      assert.deepEqual(entry.platform, images[number]?.platform);
      const image = readImage(registry.store, "acme/app", entry.digest);
      assert.deepEqual(image.layers[2], TAR);
      assert.equal(image.config.architecture, entry.platform.architecture);
    });
    assert.deepEqual(result.platforms.map(({ platform }) => platform), [
      "linux/amd64",
      "linux/arm64/v8",
    ]);
    assert.match(result.warnings.join(), /2 attestations of the base are left out/);
    const layerPuts = registry.requests.slice(before).filter(({ method, path }) =>
      method === "PUT" && path.includes("/blobs/")
    );
    assert.equal(layerPuts.length, 3, "one layer and two configs");
    assert.equal(registry.openSessions(), 0);
  });
}

for (const family of ["oci", "docker"] as const) {
  test(`appendLayer() annotates the images of a ${family} index${family === "oci" ? ", and the index itself" : " alone"}`, async () => {
    const { store, fetch } = createFakeRegistry();
    await seedIndex(store, "acme/app", "1", [AMD64, ARM64], family);
    const result = await appendLayer(
      "registry.test/acme/app:1",
      "registry.test/acme/app:2",
      options(fetch, { annotations: { note: "new", kept: null }, baseAnnotations: false }),
    );
    const { annotations } = readDocument(store, "acme/app", "2");
    assert.deepEqual(annotations, family === "oci" ? { note: "new" } : { kept: "yes" });
    for (const { digest } of result.platforms) {
      assert.deepEqual(readImage(store, "acme/app", digest).manifest.annotations, { note: "new" });
    }
  });
}

test("appendLayer() annotates no nested index, and what becomes OCI's for zstd", async () => {
  const { store, fetch } = createFakeRegistry();
  const { digest, images } = await seedIndex(store, "acme/app", "docker", [AMD64], "docker");
  const inner = await seedIndexOf(store, undefined, images);
  await seedIndexOf(store, "nested", [inner]);
  const annotated = async (tag: string, rest: Partial<AppendOptions> = {}): Promise<Json> => {
    const annotations = { note: "new" };
    await appendLayer(
      `registry.test/acme/app:${tag}`,
      "registry.test/acme/app:2",
      options(fetch, { annotations, baseAnnotations: false, ...rest }),
    );
    return readDocument(store, "acme/app", "2");
  };
  const { annotations, manifests: [entry] } = await annotated("nested");
  assert.deepEqual(annotations, { note: "new" });
  assert.equal(readDocument(store, "acme/app", entry.digest).annotations, undefined);
  const zstd = { compression: "zstd", host: { codec: FAKE_CODEC } } as const;
  const fromDocker = await annotated(`docker@${digest}`, zstd);
  assert.deepEqual(fromDocker.annotations, { kept: "yes", note: "new" });
});

test("appendLayer() keeps an attestation of an image that is not there", async () => {
  const { store, fetch } = createFakeRegistry();
  const { images, attestations } = await seedIndex(store, "acme/app", "0", [AMD64, ARM64]);
  await store.seedManifest("acme/app", "1", {
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.index.v1+json",
    manifests: [images[0], attestations[1]],
  } as Json);
  const result = await appendLayer(
    "registry.test/acme/app:1",
    "registry.test/other/app:2",
    options(fetch),
  );
  const index = readDocument(store, "other/app", "2");
  assert.deepEqual(index.manifests[1], attestations[1]);
  readImage(store, "other/app", attestations[1]?.digest ?? "");
  assert.deepEqual(result.warnings, []);
});

test("appendLayer() for one platform makes an image without an index", async () => {
  const { store, fetch } = createFakeRegistry();
  await seedIndex(store, "acme/app", "1", [AMD64, ARM64]);
  const result = await appendLayer(
    "registry.test/acme/app:1",
    "registry.test/acme/app:2",
    options(fetch, { platforms: ["linux/arm64"] }),
  );
  assert.equal(readImage(store, "acme/app", "2").config.architecture, "arm64");
  assert.deepEqual(result.platforms, [{ platform: "linux/arm64/v8", digest: result.digest }]);
});

const BARE_CONFIGS: readonly (readonly [wanted: string, config: Json])[] = [
  ["linux/arm/v6", { os: "linux", architecture: "arm", variant: undefined }],
  ["linux/s390x", { os: undefined, architecture: undefined }],
];

for (const [wanted, config] of BARE_CONFIGS) {
  test(`appendLayer() for ${wanted} goes by the index, whatever the image's config says`, async () => {
    const { store, fetch } = createFakeRegistry();
    const image = await seedImage(store, "acme/app", undefined, {
      platform: parsePlatform(wanted),
      config,
    });
    const other = await seedImage(store, "acme/app", undefined);
    await seedIndexOf(store, "1", [other, image]);
    const result = await appendLayer(
      "registry.test/acme/app:1",
      "registry.test/acme/app:2",
      options(fetch, { platforms: [wanted] }),
    );
    assert.equal(readImage(store, "acme/app", "2").layers.length, 3);
    assert.deepEqual(result.platforms, [{ platform: wanted, digest: result.digest }]);
  });
}

test("appendLayer() takes index entries whose platform Go wrote as null", async () => {
  const { store, fetch } = createFakeRegistry();
  const image = await seedImage(store, "acme/app", undefined);
  await seedIndexOf(store, "1", [{ ...image, platform: null }]);
  const result = await appendLayer(
    "registry.test/acme/app:1",
    "registry.test/acme/app:2",
    options(fetch),
  );
  assert.deepEqual(result.platforms.map(({ platform }) => platform), ["linux/amd64"]);
});

test("appendLayer() changes an image once that an index lists often", async () => {
  const { store, fetch, requests } = createFakeRegistry();
  const image = await seedImage(store, "acme/app", undefined);
  const nested = await seedIndexOf(store, undefined, Array(20).fill(image));
  await seedIndexOf(store, "1", Array(20).fill(nested));
  const result = await appendLayer(
    "registry.test/acme/app:1",
    "registry.test/acme/app:2",
    options(fetch),
  );
  assert.equal(result.platforms.length, 400);
  assert.equal(requests.filter(({ path }) => path.endsWith(image.digest)).length, 1);
  const puts = requests.filter(({ method, path }) =>
    method === "PUT" && path.includes("/manifests/")
  );
  assert.equal(puts.length, 3, "image, nested index, index");
});

test("appendLayer() refuses indexes that list too much, or nest too deep", async () => {
  const { store, fetch } = createFakeRegistry();
  for (const [tag, message] of await seedTooMuch(store)) {
    await assert.rejects(
      appendLayer(
        `registry.test/acme/app:${tag}`,
        "registry.test/acme/app:2",
        options(fetch),
      ),
      message,
    );
  }
});

test("appendLayer() drops an attestation of an image in a nested index", async () => {
  const { store, fetch } = createFakeRegistry();
  const { images: [image], attestations: [attestation] } = await seedIndex(
    store,
    "acme/app",
    "0",
    [AMD64],
  );
  const nested = await seedIndexOf(store, undefined, [image]);
  await seedIndexOf(store, "1", [nested, attestation]);
  const result = await appendLayer(
    "registry.test/acme/app:1",
    "registry.test/acme/app:2",
    options(fetch),
  );
  assert.equal(readDocument(store, "acme/app", "2").manifests.length, 1);
  assert.match(result.warnings.join(), /1 attestation of the base is left out/);
});

test("appendLayer() keeps what an index lists of an unknown type", async () => {
  const from = createFakeRegistry({ host: "from.test" });
  const to = createFakeRegistry({ host: "to.test" });
  const image = await seedImage(from.store, "acme/app", undefined);
  const { entry } = await seedUnknown(from.store, "acme/app");
  await seedIndexOf(from.store, "1", [image, entry]);
  await appendLayer(
    "from.test/acme/app:1",
    "to.test/acme/app:2",
    options(createNetwork(from, to)),
  );
  assert.deepEqual(readDocument(to.store, "acme/app", "2").manifests[1], entry);
  readDocument(to.store, "acme/app", entry.digest);
});

test("appendLayer() for some platforms leaves the others out", async () => {
  const { store, fetch } = createFakeRegistry();
  const s390x = { os: "linux", architecture: "s390x" };
  await seedIndex(store, "acme/app", "1", [AMD64, ARM64, s390x]);
  await appendLayer(
    "registry.test/acme/app:1",
    "registry.test/acme/app:2",
    options(fetch, { platforms: ["linux/arm64", "linux/amd64"] }),
  );
  const { manifests } = readDocument(store, "acme/app", "2");
  assert.deepEqual(manifests.map(({ platform }: Json) => platform.architecture), [
    "amd64",
    "arm64",
  ]);
});

test("appendLayer() finds platforms in nested indexes, and keeps what is wanted of them", async () => {
  const { store, fetch, requests } = createFakeRegistry();
  const { images: [arm64, s390x], attestations } = await seedIndex(store, "acme/app", "0", [
    ARM64,
    { os: "linux", architecture: "s390x" },
  ]);
  const amd64 = await seedImage(store, "acme/app", undefined);
  const inner = await seedIndexOf(store, undefined, [arm64, s390x, ...attestations]);
  await seedIndexOf(store, "1", [amd64, inner]);
  const append = async (...platforms: readonly string[]): ReturnType<typeof appendLayer> =>
    await appendLayer(
      "registry.test/acme/app:1",
      "registry.test/acme/app:2",
      options(fetch, { platforms }),
    );

  const one = await append("linux/arm64");
  assert.deepEqual(one.platforms, [{ platform: "linux/arm64/v8", digest: one.digest }]);
  assert.equal(readImage(store, "acme/app", "2").config.architecture, "arm64");
  assert.match(one.warnings.join(), /^1 attestation of the base is left out/);
  const read = requests.map(({ path }) => path);
  for (const entry of [inner, arm64]) {
    assert.equal(read.filter((path) => path.endsWith(entry?.digest ?? "none")).length, 1);
  }

  const two = await append("linux/arm64", "linux/amd64");
  assert.deepEqual(two.platforms.map(({ platform }) => platform), [
    "linux/amd64",
    "linux/arm64/v8",
  ]);
  const { manifests: [, nested] } = readDocument(store, "acme/app", "2");
  const { manifests } = readDocument(store, "acme/app", nested.digest);
  assert.deepEqual(manifests.map(({ platform }: Json) => platform), [ARM64]);
  for (const { digest } of two.platforms) {
    assert.equal(readImage(store, "acme/app", digest).layers.length, 3);
  }
  await assert.rejects(append("linux/386"), {
    message:
      'Cannot find an image for "linux/386": there is linux/amd64, linux/arm64/v8, linux/s390x',
  });
});

test("appendLayer() names the platforms that there are when a wanted one is missing", async () => {
  const registry = createFakeRegistry();
  await seedIndex(registry.store, "acme/app", "1", [AMD64, ARM64]);
  await seedImage(registry.store, "acme/app", "single");
  for (
    const [tag, message] of [["1", /"linux\/s390x": there is linux\/amd64, linux\/arm64\/v8/], [
      "single",
      /there is linux\/amd64/,
    ]] as const
  ) {
    await assert.rejects(
      appendLayer(
        `registry.test/acme/app:${tag}`,
        "registry.test/acme/app:2",
        options(registry.fetch, { platforms: ["linux/s390x"] }),
      ),
      message,
    );
  }
  assert.equal(registry.store.repository("acme/app").tags.get("2"), undefined);
  assert.equal(registry.openSessions(), 0);
});

test("appendLayer() makes an OCI image of a Docker one for zstd, which Docker's format lacks", async () => {
  const { store, fetch } = createFakeRegistry();
  await seedImage(store, "acme/app", "1", { family: "docker" });
  const result = await appendLayer(
    "registry.test/acme/app:1",
    "registry.test/acme/app:2",
    options(fetch, { compression: "zstd", host: { codec: FAKE_CODEC } }),
  );
  const manifest = readDocument(store, "acme/app", "2");
  assert.deepEqual(manifest.layers.map(({ mediaType }: Json) => mediaType), [
    "application/vnd.oci.image.layer.v1.tar+gzip",
    "application/vnd.oci.image.layer.v1.tar+gzip",
    "application/vnd.oci.image.layer.v1.tar+zstd",
  ]);
  assert.equal(manifest.config.mediaType, "application/vnd.oci.image.config.v1+json");
  assert.match(result.warnings.join(), /becomes an OCI image/);
});

test("appendLayer() sends compressed input as it came", async () => {
  const { store, fetch } = createFakeRegistry();
  await seedImage(store, "acme/app", "1");
  const gzip = new Uint8Array(gzipSync(TAR, { level: 9 }));
  const result = await appendLayer(
    "registry.test/acme/app:1",
    "registry.test/acme/app:2",
    options(fetch, { layers: [gzip] }),
  );
  assert.equal(result.layers[0]?.digest, sha256(gzip));
  assert.equal(result.layers[0]?.diffId, sha256(TAR));
  assert.equal(readImage(store, "acme/app", "2").layers.length, 3);
});

test("appendLayer() puts several layers in their order, from any kind of input", async () => {
  const { store, fetch } = createFakeRegistry();
  await seedImage(store, "acme/app", "1");
  const tars = ["a", "b", "c", "d"].map((name) => tarOf(name, name));
  async function* slowly(tar: Uint8Array<ArrayBuffer>): AsyncIterable<Uint8Array<ArrayBuffer>> {
    for (let start = 0; start < tar.length; start += 100) {
      await Promise.resolve();
      yield tar.slice(start, start + 100);
    }
  }
  const [a = TAR, b = TAR, c = TAR, d = TAR] = tars;
  await appendLayer(
    "registry.test/acme/app:1",
    "registry.test/acme/app:2",
    options(fetch, {
      layers: [toReadable(slowly(a)), new Blob([b]), () => slowly(c), { name: "d", input: d }],
    }),
  );
  assert.deepEqual(readImage(store, "acme/app", "2").layers.slice(2), tars);
});

test("appendLayer() starts from nothing with scratch", async () => {
  const { store, fetch } = createFakeRegistry();
  await appendLayer("scratch", "registry.test/acme/app:1", options(fetch));
  const { config, layers } = readImage(store, "acme/app", "1");
  assert.deepEqual(layers, [TAR]);
  assert.equal(`${config.os}/${config.architecture}`, "linux/amd64");
  assert.equal(config.history.length, 1);

  await appendLayer(
    "scratch",
    "registry.test/acme/app:2",
    options(fetch, { platforms: ["linux/amd64", "linux/arm64"] }),
  );
  assert.equal(readDocument(store, "acme/app", "2").manifests.length, 2);
});

test("appendLayer() works from registry to layout, within a layout, and back", async () => {
  const { store, fetch } = createFakeRegistry();
  await seedIndex(store, "acme/app", "1", [AMD64, ARM64]);
  const directory = createMemoryDirectory("images");
  const host = { openDirectory: () => directory };
  const out = await appendLayer(
    "registry.test/acme/app:1",
    "oci:images:2",
    options(fetch, { host }),
  );
  assert.equal(out.target, "oci:images:2");
  await appendLayer(
    "oci:images:2",
    "oci:images:3",
    options(fetch, { host, layers: [tarOf("b", "b")] }),
  );
  await appendLayer(
    "oci:images:3",
    "registry.test/acme/back:4",
    options(fetch, { host, layers: [tarOf("c", "c")] }),
  );
  const { manifests } = readDocument(store, "acme/back", "4");
  assert.equal(readImage(store, "acme/back", manifests[1].digest).layers.length, 5);
  assert.equal(directory.pending, 0);
});

test("appendLayer() in a dry run sends nothing and tells what it would send", async () => {
  const registry = createFakeRegistry();
  await seedImage(registry.store, "acme/app", "1");
  const plan = await appendLayer(
    "registry.test/acme/app:1",
    "registry.test/acme/app:2",
    options(registry.fetch, { dryRun: true }),
  );
  assert.ok(registry.requests.every(({ method }) => method === "GET" || method === "HEAD"));
  const done = await appendLayer(
    "registry.test/acme/app:1",
    "registry.test/acme/app:2",
    options(registry.fetch),
  );
  assert.equal(plan.dryRun, true);
  assert.equal(plan.digest, done.digest);
  assert.deepEqual(plan.layers, done.layers);
  assert.equal(plan.transfer.bytesUploaded, done.transfer.bytesUploaded);
});

test("appendLayer() in a dry run counts the mounts that there would be, and no upload for them", async () => {
  const registry = createFakeRegistry();
  await seedImage(registry.store, "acme/app", "1");
  const [base, target] = ["registry.test/acme/app:1", "registry.test/acme/other:2"];
  const plan = await appendLayer(base, target, options(registry.fetch, { dryRun: true }));
  assert.ok(registry.requests.every(({ method }) => method === "GET" || method === "HEAD"));
  const done = await appendLayer(base, target, options(registry.fetch));
  assert.ok(plan.transfer.blobsMounted > 0);
  for (const count of ["blobsMounted", "blobsCopied", "bytesUploaded"] as const) {
    assert.equal(plan.transfer[count], done.transfer[count], count);
  }
});

const REFUSED: readonly (readonly [string, Uint8Array<ArrayBuffer>, RegExp])[] = [
  ["nothing", new Uint8Array(), /it is empty/],
  ["a truncated archive", TAR.slice(0, 700), /tar archive/],
  ["text", new TextEncoder().encode("hello world\n".repeat(100)), /tar archive/],
  ["a broken header", TAR.map((byte, index) => index === 3 ? byte ^ 1 : byte), /tar archive/],
  [
    "trailing garbage",
    Uint8Array.from([...TAR, ...new TextEncoder().encode("x".repeat(512))]),
    /tar archive/,
  ],
  ["gzip in gzip", new Uint8Array(gzipSync(gzipSync(TAR))), /its gzip data holds gzip data/],
  ["gzip of text", new Uint8Array(gzipSync("hello".repeat(1000))), /tar archive/],
  ["gzip of nothing", new Uint8Array(gzipSync("")), /its gzip data holds nothing/],
  ["truncated gzip", new Uint8Array(gzipSync(TAR)).slice(0, -10), /its gzip data cannot be read/],
  ["xz", Uint8Array.of(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0, 0), /it is xz data/],
];

for (const [what, bytes, message] of REFUSED) {
  test(`appendLayer() refuses ${what} and changes nothing`, async () => {
    const registry = createFakeRegistry();
    await seedImage(registry.store, "acme/app", "1");
    const { blobs, tags } = registry.store.repository("acme/app");
    const before = [blobs.size, tags.size];
    await assert.rejects(
      appendLayer(
        "registry.test/acme/app:1",
        "registry.test/acme/app:2",
        options(registry.fetch, {
          layers: [{ name: "standard input", input: bytes }],
        }),
      ),
      (error: Error) => {
        assert.equal(error.name, "LayerError");
        assert.match(error.message, message);
        assert.match(error.message, /standard input/);
        return true;
      },
    );
    assert.deepEqual([blobs.size, tags.size], before);
    assert.equal(registry.openSessions(), 0);
  });
}

test("appendLayer() refuses targets, tags, platforms and bases that cannot be, before any request", async () => {
  const registry = createFakeRegistry();
  const target = "registry.test/acme/app:2";
  const base = "registry.test/acme/app:1";
  const cases: readonly (readonly [string, string, Partial<AppendOptions>, RegExp])[] = [
    [base, `registry.test/acme/app@${sha256(TAR)}`, {}, /a digest cannot be chosen/],
    [base, "scratch", {}, /only a base/],
    ["Registry.test/ACME", target, {}, /upper-case/],
    [base, target, { tags: ["no/tag"] }, /as a tag/],
    [base, target, { platforms: ["linux"] }, /as a platform/],
    [base, target, { layers: [] }, /there is no layer/],
    [base, target, { workdir: "app" }, /Cannot set the working directory "app"/],
    [base, target, { expose: ["9-8"] }, /Cannot expose "9-8"/],
    [base, target, { env: { "A=B": "" } }, /Cannot set the variable "A=B"/],
    ["oci:images", target, {}, /this runtime has no directories/],
  ];
  for (const [from, to, rest, message] of cases) {
    await assert.rejects(appendLayer(from, to, options(registry.fetch, rest)), message);
  }
  assert.equal(registry.requests.length, 0);
});

test("appendLayer() refuses what is not an image", async () => {
  const { store, fetch } = createFakeRegistry();
  const config = await store.seedBlob("acme/chart", new TextEncoder().encode("{}"));
  await store.seedManifest("acme/chart", "1", {
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    config: { mediaType: "application/vnd.cncf.helm.config.v1+json", digest: config, size: 2 },
    layers: [],
  } as Json);
  await assert.rejects(
    appendLayer("registry.test/acme/chart:1", "registry.test/acme/chart:2", options(fetch)),
    /not a container image, its config is "application\/vnd.cncf.helm/,
  );
});

test("appendLayer() warns of entries that would break the base", async () => {
  const { store, fetch } = createFakeRegistry();
  await seedImage(store, "acme/app", "1");
  const told: string[] = [];
  const result = await appendLayer(
    "registry.test/acme/app:1",
    "registry.test/acme/app:2",
    options(fetch, {
      layers: [tarOf("../escape", "")],
      onWarning: (message) => told.push(message),
    }),
  );
  assert.match(told.join(), /"..\/escape" leaves the root/);
  assert.deepEqual(result.warnings, told);
});

test("appendLayer() ends at once with its signal's reason and leaves the target", async () => {
  const registry = createFakeRegistry();
  await seedImage(registry.store, "acme/app", "1");
  const controller = new AbortController();
  async function* endless(): AsyncIterable<Uint8Array<ArrayBuffer>> {
    yield TAR.slice(0, 512);
    controller.abort(new Error("stop"));
    await new Promise(() => {});
  }
  await assert.rejects(
    appendLayer(
      "registry.test/acme/app:1",
      "registry.test/acme/app:1",
      options(registry.fetch, {
        layers: [endless()],
        signal: controller.signal,
      }),
    ),
    /^Error: stop$/,
  );
  assert.equal(readImage(registry.store, "acme/app", "1").layers.length, 2);
});

test("appendLayer() asks nobody anything where an option cannot be", async () => {
  const { fetch, requests } = createFakeRegistry();
  const flawed: [unknown, RegExp][] = [
    [{ compression: "brotli" }, /^TypeError: Cannot compress with "brotli": expected gzip, zstd,/],
    [{ created: new Date(NaN) }, /^RangeError: Cannot set created: expected a time in the years/],
    [{ created: new Date("+010000-01-01T00:00:00Z") }, /^RangeError: Cannot set created/],
    [{ annotations: { a: 5 } }, /^TypeError: Cannot set "a" of annotations/],
    [{ layers: ["site.tar"] }, /^TypeError: Cannot use a layer: expected bytes/],
    [{ cmd: "node" }, /^TypeError: Cannot set cmd/],
  ];
  for (const [rest, message] of flawed) {
    await assert.rejects(
      appendLayer("registry.test/a:1", "registry.test/a:2", options(fetch, rest as AppendOptions)),
      message,
    );
  }
  assert.equal(requests.length, 0);
});
