import assert from "node:assert/strict";
import { test } from "node:test";
import { makeIndex } from "../../../lib/image/verbs/make_index.ts";
import { appendLayer } from "../../../lib/image/verbs/append.ts";
import { createFakeRegistry } from "../../fake_registry/fake_registry.ts";
import { createMemoryDirectory } from "../../layout/memory_directory.ts";
import {
  readDocument,
  readImage,
  seedImage,
  seedIndex,
  seedIndexOf,
  tarOf,
} from "../fake_images.ts";

const AMD64 = { os: "linux", architecture: "amd64" };
const ARM64 = { os: "linux", architecture: "arm64" };
const S390X = { os: "linux", architecture: "s390x" };
const APP = "registry.test/acme/app";

test("makeIndex() joins images of one repository, and sends the index alone", async () => {
  const { store, fetch, requests } = createFakeRegistry();
  const amd64 = await seedImage(store, "acme/app", "amd64", { platform: AMD64 });
  const arm64 = await seedImage(store, "acme/app", "arm64", { platform: ARM64 });
  const images = [`${APP}:amd64`, `${APP}:arm64`, `${APP}@${amd64.digest}`];
  const result = await makeIndex(`${APP}:7`, images, { fetch, host: {}, tags: ["latest"] });
  const index = readDocument(store, "acme/app", "7");
  assert.deepEqual(index.manifests, [amd64, arm64]);
  assert.equal(index.mediaType, "application/vnd.oci.image.index.v1+json");
  assert.deepEqual(result.platforms, [
    { platform: "linux/amd64", digest: amd64.digest },
    { platform: "linux/arm64", digest: arm64.digest },
  ]);
  assert.equal(store.repository("acme/app").tags.get("latest"), result.digest);
  assert.deepEqual(
    requests.filter(({ method }) => method !== "GET").map(({ method, path }) =>
      `${method} ${path}`
    ),
    ["PUT /v2/acme/app/manifests/latest", "PUT /v2/acme/app/manifests/7"],
  );
});

test("makeIndex() takes the images and attestations of indexes, and fills platforms in", async () => {
  const { store, fetch } = createFakeRegistry();
  const { images, attestations } = await seedIndex(store, "acme/app", "1", [AMD64]);
  const { platform: _, ...bare } = await seedImage(store, "acme/app", undefined, {
    platform: ARM64,
  });
  const inner = await seedIndexOf(store, undefined, [bare]);
  await seedIndexOf(store, "2", [inner]);
  await makeIndex(`${APP}:3`, [`${APP}:1`, `${APP}:2`], { fetch, host: {} });
  assert.deepEqual(readDocument(store, "acme/app", "3").manifests, [
    ...images,
    ...attestations,
    { ...bare, platform: ARM64 },
  ]);
});

test("makeIndex() copies what lies in other repositories, registries and layouts", async () => {
  const one = createFakeRegistry();
  const two = createFakeRegistry({ host: "other.test" });
  const fetch: typeof one.fetch = (url, init) =>
    new URL(url).host === "other.test" ? two.fetch(url, init) : one.fetch(url, init);
  const amd64 = await seedImage(one.store, "acme/base", "1", { platform: AMD64 });
  const arm64 = await seedIndex(two.store, "x/y", "1", [ARM64]);
  const directory = createMemoryDirectory();
  const host = { openDirectory: () => directory };
  const layers = [tarOf("a", "a")];
  await appendLayer("scratch", "oci:x:1", { host, layers, platforms: ["linux/s390x"] });
  const images = ["registry.test/acme/base:1", "other.test/x/y:1", "oci:x:1"];
  const dry = await makeIndex(`${APP}:1`, images, { fetch, host, dryRun: true });
  assert.ok(!one.store.repository("acme/app").tags.has("1"));
  const result = await makeIndex(`${APP}:1`, images, { fetch, host });
  assert.equal(dry.digest, result.digest);
  const index = readDocument(one.store, "acme/app", "1");
  assert.deepEqual(
    index.manifests.map(({ digest }: { digest: string }) => digest).slice(0, 3),
    [amd64.digest, arm64.images[0]?.digest, arm64.attestations[0]?.digest],
  );
  assert.deepEqual(index.manifests[3].platform, S390X);
  for (const { digest } of index.manifests) readImage(one.store, "acme/app", digest);
});

test("makeIndex() makes Docker's list of Docker's images, and OCI's of a mixture", async () => {
  const { store, fetch } = createFakeRegistry();
  await seedImage(store, "acme/app", "1", { platform: AMD64, family: "docker" });
  await seedImage(store, "acme/app", "2", { platform: ARM64, family: "docker" });
  await seedImage(store, "acme/app", "3", { platform: S390X });
  const names = ["1", "2", "3"].map((tag) => `${APP}:${tag}`);
  const docker = await makeIndex(`${APP}:d`, names.slice(0, 2), { fetch, host: {} });
  assert.equal(docker.mediaType, "application/vnd.docker.distribution.manifest.list.v2+json");
  const mixed = await makeIndex(`${APP}:m`, names, { fetch, host: {} });
  assert.equal(mixed.mediaType, "application/vnd.oci.image.index.v1+json");
});

test("makeIndex() refuses two images of one platform before it sends anything", async () => {
  const { store, fetch, requests } = createFakeRegistry();
  await seedImage(store, "acme/app", "1", { platform: AMD64 });
  await seedImage(store, "acme/other", "2", { platform: AMD64, layerCount: 1 });
  const images = [`${APP}:1`, "registry.test/acme/other:2"];
  await assert.rejects(makeIndex(`${APP}:3`, images, { fetch, host: {} }), {
    name: "RangeError",
    message: /two images for "linux\/amd64": ".*" of "registry.test\/acme\/app:1" and /,
  });
  assert.ok(requests.every(({ method }) => method === "GET"));
  await assert.rejects(makeIndex(`${APP}:3`, [], { fetch, host: {} }), TypeError);
  await assert.rejects(makeIndex(`${APP}:3`, ["scratch"], { fetch, host: {} }), SyntaxError);
});
