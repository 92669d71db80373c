import assert from "node:assert/strict";
import { test } from "node:test";
import { appendLayer } from "../../../lib/image/verbs/append.ts";
import { diffImages } from "../../../lib/image/verbs/diff.ts";
import { editImage } from "../../../lib/image/verbs/edit.ts";
import { createFakeRegistry } from "../../fake_registry/fake_registry.ts";
import { seedImage, seedIndex, seedIndexOf, tarOf } from "../fake_images.ts";

const A = "registry.test/acme/app:1";
const B = "registry.test/acme/app:2";
const AMD64 = { os: "linux", architecture: "amd64" };
const ARM64 = { os: "linux", architecture: "arm64" };
const created = new Date(0);

test("diffImages() tells settings, annotations and layers of a single image, and reads no layer", async () => {
  const { store, fetch, requests } = createFakeRegistry();
  await seedImage(store, "acme/app", "1", { config: { created: created.toISOString() } });
  const layers = [{ name: "x", input: tarOf("app", "x"), history: "ADD app /" }];
  const changes = { layers, env: { A: "1" }, cmd: ["/app"], baseAnnotations: false, created };
  const made = await appendLayer(A, B, {
    ...{ fetch, host: {}, ...changes },
    annotations: { "org.a": "b" },
  });
  requests.length = 0;
  const difference = await diffImages(A, B, { fetch, host: {} });
  assert.deepEqual([difference.from.name, difference.to], [A, { name: B, digest: made.digest }]);
  assert.deepEqual([difference.isSame, difference.fields], [false, []]);
  assert.deepEqual([difference.removedPlatforms, difference.addedPlatforms], [[], []]);
  const [image, ...others] = difference.images;
  assert.deepEqual([others, image?.platform, image?.to], [[], "linux/amd64", made.digest]);
  assert.deepEqual(image?.fields, [
    { field: "Env.A", to: "1" },
    { field: "Cmd", from: ["sh"], to: ["/app"] },
    { field: "annotations.org.a", to: "b" },
  ]);
  assert.deepEqual([image?.sameLayers, image?.removedLayers], [2, []]);
  assert.deepEqual(image?.addedLayers.map(({ createdBy }) => createdBy), ["ADD app /"]);
  // Two manifests and two configs.
  assert.equal(requests.length, 4);
});

test("diffImages() tells a layer that was replaced between others", async () => {
  const { store, fetch } = createFakeRegistry();
  await seedImage(store, "acme/app", "1", { layerCount: 1 });
  const append = (from: string, to: string, name: string, content: string): Promise<unknown> =>
    appendLayer(from, to, {
      ...{ fetch, host: {}, created, replace: name },
      layers: [tarOf(name, content)],
    });
  await append(A, A, "app", "1");
  await append(A, A, "conf", "1");
  await append(A, B, "app", "2");
  const { images: [image] } = await diffImages(A, B, { fetch, host: {} });
  assert.deepEqual(
    [image?.sameLayers, image?.removedLayers.length, image?.addedLayers.length],
    [2, 1, 1],
  );
  assert.ok(image?.fields.some(({ field }) => field === "Labels.io.appendlayer.layers"));
});

test("diffImages() tells which platforms one of two indexes has alone, and compares the rest", async () => {
  const { store, fetch } = createFakeRegistry();
  await seedIndex(store, "acme/app", "1", [AMD64, ARM64]);
  const options = { fetch, host: {}, created, baseAnnotations: false };
  await editImage(A, B, { ...options, user: "5", annotations: { kept: null } });
  const both = await diffImages(A, B, { fetch, host: {} });
  assert.deepEqual(both.fields, [{ field: "annotations.kept", from: "yes" }]);
  assert.deepEqual(both.images.map(({ platform }) => platform), ["linux/amd64", "linux/arm64"]);
  const own = { fetch, host: {}, platforms: ["linux/arm64"] };
  assert.equal((await diffImages(A, B, own)).images.length, 1);

  const image = await seedImage(store, "acme/app", undefined, { platform: ARM64, layerCount: 1 });
  const riscv = await seedImage(store, "acme/app", undefined, {
    platform: { os: "linux", architecture: "riscv64" },
  });
  await seedIndexOf(store, "3", [image, image, riscv]);
  const third = await diffImages(A, "registry.test/acme/app:3", { fetch, host: {} });
  assert.deepEqual(third.removedPlatforms, ["linux/amd64"]);
  assert.deepEqual(third.addedPlatforms, ["linux/arm64 (2)", "linux/riscv64"]);
  assert.deepEqual(third.images.map(({ platform }) => platform), ["linux/arm64"]);
});

test("diffImages() says of the same image that it is, and refuses what is none", async () => {
  const { store, fetch } = createFakeRegistry();
  const { digest } = await seedImage(store, "acme/app", "1");
  const options = { fetch, host: {} };
  const same = await diffImages(A, `registry.test/acme/app@${digest}`, options);
  assert.deepEqual([same.isSame, same.images], [true, []]);
  await assert.rejects(diffImages(A, B, options), /Cannot read manifest "2"/);
  await assert.rejects(
    diffImages(A, B, { ...options, tags: [] } as typeof options),
    /diffImages\(\)/,
  );
});
