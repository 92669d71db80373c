import assert from "node:assert/strict";
import { test } from "node:test";
import type { ByteStream } from "../../../lib/base/bytes.ts";
import type { Fetch } from "../../../lib/base/fetch.ts";
import { copyImage, type CopyOptions } from "../../../lib/image/verbs/copy.ts";
import type { Host } from "../../../lib/image/access/runtime_host.ts";
import type { Directory, PendingFile } from "../../../lib/layout/directory.ts";
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
} from "../fake_images.ts";

const AMD64 = { os: "linux", architecture: "amd64" };
const ARM64 = { os: "linux", architecture: "arm64", variant: "v8" };
const S390X = { os: "linux", architecture: "s390x" };

const options = (fetch: Fetch, rest: CopyOptions = {}): CopyOptions => ({
  host: {},
  fetch,
  ...rest,
});

test("copyImage() carries an image to another registry byte for byte", async () => {
  const from = createFakeRegistry({ host: "from.test" });
  const to = createFakeRegistry({ host: "to.test" });
  await seedImage(from.store, "acme/app", "1", { family: "docker" });
  const result = await copyImage(
    "from.test/acme/app:1",
    "to.test/copies/app:2",
    options(createNetwork(from, to)),
  );
  const before = from.store.repository("acme/app").manifest("1");
  const after = to.store.repository("copies/app").manifest("2");
  assert.deepEqual(after, before);
  readImage(to.store, "copies/app", "2");
  assert.equal(result.target, "to.test/copies/app:2");
  assert.equal(result.digest, before?.digest);
  assert.deepEqual(result.layers, []);
  assert.equal(result.transfer.blobsCopied, 3);
  assert.equal(result.transfer.blobsMounted, 0);
});

test("copyImage() carries an index with all images and attestations, and its tag comes last", async () => {
  const from = createFakeRegistry({ host: "from.test" });
  const to = createFakeRegistry({ host: "to.test" });
  const { digest, images } = await seedIndex(from.store, "acme/app", "1", [AMD64, ARM64]);
  const result = await copyImage(
    "from.test/acme/app:1",
    "to.test/acme/app:2",
    options(createNetwork(from, to), { tags: ["more", "2"] }),
  );
  assert.equal(result.digest, digest);
  assert.deepEqual(result.tags, ["2", "more"]);
  assert.deepEqual(result.platforms, [
    { platform: "linux/amd64", digest: images[0]?.digest },
    { platform: "linux/arm64/v8", digest: images[1]?.digest },
  ]);
  const { manifests } = readDocument(to.store, "acme/app", "2");
  assert.equal(manifests.length, 4);
  for (const entry of manifests) readImage(to.store, "acme/app", entry.digest);
  const puts = to.requests.filter(({ method, path }) =>
    method === "PUT" && path.includes("/manifests/")
  );
  const names = puts.map(({ path }) => path.split("/").at(-1));
  assert.deepEqual(names.slice(-2), ["more", "2"]);
  assert.ok(names.slice(0, -2).every((name) => name?.startsWith("sha256:")));
});

test("copyImage() within a registry mounts and reads no layer", async () => {
  const registry = createFakeRegistry();
  await seedImage(registry.store, "acme/app", "1");
  const result = await copyImage(
    "registry.test/acme/app:1",
    "registry.test/other/app:1",
    options(registry.fetch),
  );
  assert.equal(result.transfer.blobsMounted, 3);
  assert.ok(
    !registry.requests.some(({ method, path }) => method === "GET" && path.includes("/blobs/")),
  );
  readImage(registry.store, "other/app", "1");
});

test("copyImage() within a repository only names", async () => {
  const registry = createFakeRegistry();
  await seedIndex(registry.store, "acme/app", "1", [AMD64, ARM64]);
  await copyImage(
    "registry.test/acme/app:1",
    "registry.test/acme/app:2",
    options(registry.fetch),
  );
  assert.deepEqual(registry.requests.map(({ method }) => method), ["GET", "PUT"]);
  const { tags } = registry.store.repository("acme/app");
  assert.equal(tags.get("2"), tags.get("1"));
});

test("copyImage() never asks for what a foreign layer's urls lead to", async () => {
  const from = createFakeRegistry({ host: "from.test" });
  const to = createFakeRegistry({ host: "to.test" });
  const foreign = {
    mediaType: "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
    digest: `sha256:${"f".repeat(64)}`,
    size: 100,
    urls: ["https://elsewhere.test/layer"],
  };
  const { digest } = await seedImage(from.store, "acme/app", undefined, { family: "docker" });
  const image = readDocument(from.store, "acme/app", digest);
  await from.store.seedManifest("acme/app", "1", {
    ...image,
    layers: [foreign, ...image.layers],
  });
  const network = createNetwork(from, to);
  const seen: string[] = [];
  const fetch: Fetch = (url, init) => {
    seen.push(url);
    return network(url, init);
  };
  await copyImage("from.test/acme/app:1", "to.test/acme/app:1", options(fetch));
  assert.deepEqual(readDocument(to.store, "acme/app", "1").layers[0], foreign);
  assert.ok(!seen.some((url) => url.includes("elsewhere") || url.includes("ffffffff")));
});

test("copyImage() skips blobs that are there", async () => {
  const from = createFakeRegistry({ host: "from.test" });
  const to = createFakeRegistry({ host: "to.test" });
  const fetch = createNetwork(from, to);
  await seedImage(from.store, "acme/app", "1");
  await copyImage("from.test/acme/app:1", "to.test/acme/app:1", options(fetch));
  const again = await copyImage("from.test/acme/app:1", "to.test/acme/app:2", options(fetch));
  assert.equal(again.transfer.blobsSkipped, 3);
  assert.equal(again.transfer.blobsCopied, 0);
});

test("copyImage() of one platform gives a single image, of several a smaller index", async () => {
  const { store, fetch } = createFakeRegistry();
  const { images } = await seedIndex(store, "acme/app", "1", [AMD64, ARM64, {
    os: "linux",
    architecture: "s390x",
  }]);
  const one = await copyImage(
    "registry.test/acme/app:1",
    "registry.test/acme/one:1",
    options(fetch, { platforms: ["linux/arm64"] }),
  );
  assert.equal(one.digest, images[1]?.digest);
  readImage(store, "acme/one", "1");
  await copyImage(
    "registry.test/acme/app:1",
    "registry.test/acme/two:1",
    options(fetch, { platforms: ["linux/arm64", "linux/amd64"] }),
  );
  const { manifests, annotations } = readDocument(store, "acme/two", "1");
  assert.equal(manifests.length, 4);
  assert.deepEqual(annotations, { kept: "yes" });
});

test("copyImage() says which platform it has copied", async () => {
  const { store, fetch } = createFakeRegistry();
  const { images } = await seedIndex(store, "acme/app", "1", [AMD64, ARM64]);
  const one = await copyImage(
    "registry.test/acme/app:1",
    "registry.test/acme/one:1",
    options(fetch, { platforms: ["linux/arm64"] }),
  );
  assert.deepEqual(one.platforms, [{ platform: "linux/arm64/v8", digest: images[1]?.digest }]);
  const again = await copyImage(
    "registry.test/acme/one:1",
    "registry.test/acme/two:1",
    options(fetch, { platforms: ["linux/arm64"] }),
  );
  assert.deepEqual(again.platforms, one.platforms);
});

test("copyImage() refuses an image for another platform, and what names none", async () => {
  const { store, fetch } = createFakeRegistry();
  const { digest } = await seedImage(store, "acme/app", "1");
  const manifest = readDocument(store, "acme/app", digest);
  const config = { ...manifest.config, mediaType: "application/vnd.cncf.helm.config.v1+json" };
  await store.seedManifest("acme/app", "chart", { ...manifest, config });
  for (
    const [tag, found] of [["1", "linux/amd64"], [
      "chart",
      "no image that names its platform",
    ]] as const
  ) {
    await assert.rejects(
      copyImage(
        `registry.test/acme/app:${tag}`,
        "registry.test/acme/other:1",
        options(fetch, { platforms: ["linux/arm64"] }),
      ),
      {
        name: "RangeError",
        message: `Cannot find an image for "linux/arm64": there is ${found}`,
      },
    );
  }
  assert.equal(store.repository("acme/other").tags.size, 0);
});

for (const target of ["acme/app", "acme/other"]) {
  test(`copyImage() to ${target} finds platforms in nested indexes, and keeps what is wanted of them`, async () => {
    const { store, fetch, requests } = createFakeRegistry();
    const { images, attestations: [note, ...notes] } = await seedIndex(store, "acme/app", "0", [
      ARM64,
      AMD64,
      S390X,
    ]);
    const [arm64, amd64, s390x] = images;
    assert(arm64 && amd64 && s390x);
    const inner = await seedIndexOf(store, undefined, [arm64, s390x, note, ...notes]);
    const other = await seedIndexOf(store, undefined, [s390x, ...notes]);
    const middle = await seedIndexOf(store, undefined, [other, inner]);
    const whole = await seedIndexOf(store, undefined, [amd64]);
    await seedIndexOf(store, "1", [middle, whole, note, inner]);
    const copy = async (...platforms: readonly string[]): ReturnType<typeof copyImage> =>
      await copyImage(
        "registry.test/acme/app:1",
        `registry.test/${target}:2`,
        options(fetch, { platforms }),
      );

    const both = await copy("linux/arm64", "linux/amd64");
    assert.deepEqual(both.platforms, [
      { platform: "linux/arm64/v8", digest: arm64.digest },
      { platform: "linux/amd64", digest: amd64.digest },
      { platform: "linux/arm64/v8", digest: arm64.digest },
    ]);
    const top = readDocument(store, target, "2").manifests;
    const [pruned] = readDocument(store, target, top[0].digest).manifests;
    assert.deepEqual(top.slice(1), [whole, note, pruned]);
    const left = readDocument(store, target, pruned.digest).manifests;
    assert.deepEqual(left, [arm64, note, notes[0]]);
    for (const { digest } of [arm64, amd64]) {
      readImage(store, target, digest);
      const reads = requests.filter(({ method, path }) =>
        method === "GET" && path.endsWith(digest)
      );
      assert.ok(reads.length <= 1);
    }
    for (const { digest } of [inner, whole, other, middle]) {
      const reads = requests.filter(({ method, path }) =>
        method === "GET" && path.endsWith(digest)
      );
      assert.equal(reads.length, 1);
    }

    const one = await copy("linux/arm64");
    assert.equal(one.digest, arm64.digest);
    const all = await copy("linux/arm64", "linux/amd64", "linux/s390x");
    assert.equal(all.digest, store.repository("acme/app").tags.get("1"));
    await assert.rejects(copy("linux/386"), {
      message:
        'Cannot find an image for "linux/386": there is linux/s390x, linux/arm64/v8, linux/amd64',
    });
  });
}

test("copyImage() of one platform refuses indexes that list too much, or nest too deep", async () => {
  const { store, fetch } = createFakeRegistry();
  for (const [tag, message] of await seedTooMuch(store)) {
    await assert.rejects(
      copyImage(
        `registry.test/acme/app:${tag}`,
        "registry.test/acme/other:1",
        options(fetch, { platforms: ["linux/amd64"] }),
      ),
      message,
    );
  }
});

test("copyImage() copies what an index lists often once, and refuses what nests too deep", async () => {
  const from = createFakeRegistry({ host: "from.test" });
  const to = createFakeRegistry({ host: "to.test" });
  const image = await seedImage(from.store, "acme/app", undefined);
  const nested = await seedIndexOf(from.store, undefined, Array(2_000).fill(image));
  await seedIndexOf(from.store, "wide", Array(2_000).fill(nested));
  const fetch = createNetwork(from, to);
  await copyImage("from.test/acme/app:wide", "to.test/acme/app:1", options(fetch));
  const reads = from.requests.filter(({ path }) => path.includes("/manifests/"));
  assert.equal(reads.length, 3);
  const puts = to.requests.filter(({ path }) => path.includes("/manifests/"));
  assert.equal(puts.length, 3);
  let deep = image;
  for (let level = 0; level < 6; level++) deep = await seedIndexOf(from.store, "deep", [deep]);
  await assert.rejects(
    copyImage("from.test/acme/app:deep", "to.test/acme/app:2", options(fetch)),
    /its indexes are nested more than 4 deep/,
  );
});

test("copyImage() refuses indexes that list too much together", async () => {
  const from = createFakeRegistry({ host: "from.test" });
  const image = await seedImage(from.store, "acme/app", undefined);
  const indexes = [];
  for (const number of [1, 2, 3]) {
    indexes.push(
      await seedIndexOf(from.store, undefined, Array(1_800).fill({ ...image, number })),
    );
  }
  await seedIndexOf(from.store, "wide", indexes);
  await assert.rejects(
    copyImage(
      "from.test/acme/app:wide",
      "to.test/acme/app:1",
      options(createNetwork(from, createFakeRegistry({ host: "to.test" }))),
    ),
    /its indexes list more than 5000 images/,
  );
});

test("copyImage() copies what an index lists of an unknown type, with its blobs, through a layout too", async () => {
  const from = createFakeRegistry({ host: "from.test" });
  const to = createFakeRegistry({ host: "to.test" });
  const { entry, blob } = await seedUnknown(from.store, "acme/app");
  const bytes = new TextEncoder().encode("no JSON at all");
  const opaque = {
    mediaType: "application/octet-stream",
    digest: await from.store.seedManifest("acme/app", undefined, bytes, "text/plain"),
    size: bytes.length,
  };
  const image = await seedImage(from.store, "acme/app", undefined);
  const whole = await seedIndexOf(from.store, "1", [image, entry]);
  await seedIndexOf(from.store, "2", [image, opaque]);
  const fetch = createNetwork(from, to);
  const directory = createMemoryDirectory("images");
  const host = { openDirectory: () => directory };
  await copyImage("from.test/acme/app:1", "oci:images:1", options(fetch, { host }));
  const copy = await copyImage("oci:images:1", "to.test/acme/app:1", options(fetch, { host }));
  assert.equal(copy.digest, whole.digest);
  const stored = to.store.repository("acme/app").manifest(entry.digest);
  assert.equal(stored?.mediaType, entry.mediaType);
  assert.ok(to.store.repository("acme/app").blobs.has(blob));
  // Registries may refuse what is no JSON; a layout takes it.
  await copyImage("from.test/acme/app:2", "oci:images:2", options(fetch, { host }));
  assert.deepEqual(directory.files.get(`blobs/${opaque.digest.replace(":", "/")}`), bytes);
});

test("copyImage() still refuses a schema 1 manifest in an index", async () => {
  const from = createFakeRegistry({ host: "from.test" });
  const mediaType = "application/vnd.docker.distribution.manifest.v1+prettyjws";
  const old = { schemaVersion: 1, fsLayers: [] };
  const digest = await from.store.seedManifest("acme/app", undefined, old as Json, mediaType);
  await seedIndexOf(from.store, "1", [{ mediaType, digest, size: JSON.stringify(old).length }]);
  await assert.rejects(
    copyImage(
      "from.test/acme/app:1",
      "to.test/acme/app:1",
      options(createNetwork(from, createFakeRegistry({ host: "to.test" }))),
    ),
    /Docker schema 1/,
  );
});

test("copyImage() goes through a layout and comes back the same", async () => {
  const { store, fetch } = createFakeRegistry();
  const { digest } = await seedIndex(store, "acme/app", "1", [AMD64, ARM64], "docker");
  const directory = createMemoryDirectory("images");
  const host = { openDirectory: () => directory };
  const out = await copyImage("registry.test/acme/app:1", "oci:images", options(fetch, { host }));
  assert.equal(out.target, "oci:images:latest");
  const back = await copyImage("oci:images", "registry.test/acme/back:1", options(fetch, { host }));
  assert.equal(back.digest, digest);
  assert.equal(directory.pending, 0);
});

test("copyImage() begins to write a blob before it has read all of it", async () => {
  const { store, fetch } = createFakeRegistry();
  await seedImage(store, "acme/app", "1", { layerCount: 1 });
  const from = createMemoryDirectory("from", 10);
  const to = createMemoryDirectory("to");
  const filled = await copyImage("registry.test/acme/app:1", "oci:from", {
    fetch,
    host: { openDirectory: () => from },
  });
  let wrote = (): void => {};
  const firstWrite = new Promise<void>((resolve) => wrote = resolve);
  const source: Directory = {
    ...from,
    async read(path, start): Promise<ByteStream | undefined> {
      const content = await from.read(path, start);
      // The manifest is read as a whole before there is anything to write.
      const isBlob = path.startsWith("blobs/") && !filled.digest.endsWith(path.slice(-64));
      return content && isBlob ? afterFirstChunk(content, firstWrite) : content;
    },
  };
  const target: Directory = {
    ...to,
    async create(): Promise<PendingFile> {
      const file = await to.create();
      const write: PendingFile["write"] = (chunk) => {
        wrote();
        return file.write(chunk);
      };
      return { ...file, write };
    },
  };
  const host: Host = { openDirectory: (path) => path === "from" ? source : target };
  await copyImage("oci:from", "oci:to", { host });
  assert.deepEqual([...to.files.keys()].sort(), [...from.files.keys()].sort());
});

test("copyImage() moves no more blobs at a time than it may", async () => {
  const { store, fetch } = createFakeRegistry();
  await seedImage(store, "acme/app", "1", { layerCount: 6 });
  const from = createMemoryDirectory("from", 10);
  const to = createMemoryDirectory("to");
  let open = 0;
  let most = 0;
  async function* counted(content: ByteStream): ByteStream {
    most = Math.max(most, ++open);
    try {
      yield* content;
    } finally {
      open--;
    }
  }
  const source: Directory = {
    ...from,
    async read(path, start): Promise<ByteStream | undefined> {
      const content = await from.read(path, start);
      return content && counted(content);
    },
  };
  const host: Host = { openDirectory: (path) => path === "from" ? source : to };
  await copyImage("registry.test/acme/app:1", "oci:from", {
    fetch,
    host: { openDirectory: () => from },
  });
  await copyImage("oci:from", "oci:to", { host, concurrency: 3 });
  assert.equal(most, 3);
});

test("copyImage() in a dry run sends nothing", async () => {
  const from = createFakeRegistry({ host: "from.test" });
  const to = createFakeRegistry({ host: "to.test" });
  await seedImage(from.store, "acme/app", "1");
  const plan = await copyImage(
    "from.test/acme/app:1",
    "to.test/acme/app:1",
    options(createNetwork(from, to), { dryRun: true }),
  );
  assert.equal(plan.dryRun, true);
  assert.equal(plan.transfer.blobsCopied, 3);
  assert.ok(to.requests.every(({ method }) => method === "GET" || method === "HEAD"));
});

test("copyImage() in a dry run counts mounts within a registry, of blobs that are there", async () => {
  const { store, fetch, requests } = createFakeRegistry();
  const { digest } = await seedImage(store, "acme/app", "1");
  const [first] = readDocument(store, "acme/app", digest).layers;
  store.repository("acme/app").blobs.delete(first.digest);
  const dry = options(fetch, { dryRun: true });
  const plan = await copyImage("registry.test/acme/app:1", "registry.test/acme/other:1", dry);
  assert.deepEqual([plan.transfer.blobsMounted, plan.transfer.blobsCopied], [2, 1]);
  assert.equal(plan.transfer.bytesUploaded, first.size);
  assert.ok(requests.every(({ method }) => method === "GET" || method === "HEAD"));
});

test("copyImage() that fails leaves the target's tag as it was", async () => {
  const from = createFakeRegistry({ host: "from.test" });
  const to = createFakeRegistry({ host: "to.test" });
  const { digest } = await seedImage(from.store, "acme/app", "1");
  await seedImage(to.store, "acme/app", "1", { layerCount: 1 });
  const before = to.store.repository("acme/app").tags.get("1");
  const { layers } = readDocument(from.store, "acme/app", digest);
  from.store.repository("acme/app").blobs.set(layers[1].digest, new Uint8Array(layers[1].size));
  await assert.rejects(
    copyImage("from.test/acme/app:1", "to.test/acme/app:1", options(createNetwork(from, to))),
    { name: "DigestMismatchError" },
  );
  assert.equal(to.store.repository("acme/app").tags.get("1"), before);
});

/** Holds back all but the first chunk of blobs, as a slow network would; manifests come as they are. */
async function* afterFirstChunk(content: ByteStream, gate: Promise<void>): ByteStream {
  let first = true;
  for await (const chunk of content) {
    if (!first) await gate;
    first = false;
    yield chunk;
  }
}

const INVALID: readonly (readonly [source: string, target: string, reason: RegExp])[] = [
  ["registry.test/acme/app:1", "scratch", /only a base/],
  [
    "registry.test/acme/app:1",
    `registry.test/a@sha256:${"0".repeat(64)}`,
    /digest cannot be chosen/,
  ],
  ["registry.test/acme/missing:1", "registry.test/a/b", /404/],
];

for (const [source, target, reason] of INVALID) {
  test(`copyImage() refuses to copy ${source} to ${target}`, async () => {
    const { store, fetch } = createFakeRegistry();
    await seedImage(store, "acme/app", "1");
    await assert.rejects(copyImage(source, target, options(fetch)), reason);
  });
}
