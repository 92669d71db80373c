import assert from "node:assert/strict";
import { test } from "node:test";
import { appendLayer } from "../../../lib/image/verbs/append.ts";
import { tagImage } from "../../../lib/image/verbs/tag.ts";
import { createFakeRegistry } from "../../fake_registry/fake_registry.ts";
import { createMemoryDirectory } from "../../layout/memory_directory.ts";
import { seedImage, seedIndex, tarOf } from "../fake_images.ts";

const IMAGE = "registry.test/acme/app:1";

test("tagImage() reads a manifest or index once and writes each tag, in their order", async () => {
  for (const seed of [seedImage, seedIndex]) {
    const { store, fetch, requests } = createFakeRegistry();
    const { digest } = seed === seedImage
      ? await seedImage(store, "acme/app", "1")
      : await seedIndex(store, "acme/app", "1", [{ os: "linux", architecture: "amd64" }]);
    const result = await tagImage(IMAGE, ["stable", "latest", "stable"], { fetch, host: {} });
    assert.deepEqual(result.tags, ["stable", "latest"]);
    assert.deepEqual(result.targets, [
      "registry.test/acme/app:stable",
      "registry.test/acme/app:latest",
    ]);
    assert.deepEqual([result.name, result.digest], [IMAGE, digest]);
    const { tags } = store.repository("acme/app");
    assert.deepEqual([...tags], [["1", digest], ["stable", digest], ["latest", digest]]);
    assert.deepEqual(requests.map(({ method }) => method), ["GET", "PUT", "PUT"]);
  }
});

test("tagImage() finds the image by its digest, and names the tags without it", async () => {
  const { store, fetch } = createFakeRegistry();
  const { digest } = await seedImage(store, "acme/app", undefined);
  const name = `registry.test/acme/app@${digest}`;
  const { targets } = await tagImage(name, ["2"], { fetch, host: {} });
  assert.deepEqual(targets, ["registry.test/acme/app:2"]);
  assert.equal(store.repository("acme/app").tags.get("2"), digest);
});

test("tagImage() writes nothing in a dry run", async () => {
  const { store, fetch, requests } = createFakeRegistry();
  const { digest } = await seedImage(store, "acme/app", "1");
  const result = await tagImage(IMAGE, ["2"], { fetch, host: {}, dryRun: true });
  assert.deepEqual([result.digest, result.dryRun], [digest, true]);
  assert.deepEqual(requests.map(({ method }) => method), ["GET"]);
  assert.ok(!store.repository("acme/app").tags.has("2"));
});

test("tagImage() tags what is in a layout", async () => {
  const directory = createMemoryDirectory();
  const host = { openDirectory: () => directory };
  const { digest } = await appendLayer("scratch", "oci:x:1", { host, layers: [tarOf("a", "a")] });
  assert.deepEqual((await tagImage("oci:x:1", ["2"], { host })).targets, ["oci:x:2"]);
  assert.equal((await tagImage("oci:x:2", ["3"], { host })).digest, digest);
});

test("tagImage() refuses bad tags before any request, and what is not there", async () => {
  const { fetch, requests } = createFakeRegistry();
  await assert.rejects(tagImage(IMAGE, [], { fetch, host: {} }), TypeError);
  await assert.rejects(tagImage(IMAGE, ["2", "a/b"], { fetch, host: {} }), {
    name: "SyntaxError",
    message: /^Cannot use "a\/b" as a tag/,
  });
  assert.equal(requests.length, 0);
  await assert.rejects(tagImage(IMAGE, ["2"], { fetch, host: {} }), { name: "NotFoundError" });
  await assert.rejects(tagImage("scratch", ["2"], { host: {} }), TypeError);
});
