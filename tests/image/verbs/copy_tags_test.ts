import assert from "node:assert/strict";
import { test } from "node:test";
import { copyImage } from "../../../lib/image/verbs/copy.ts";
import { copyTags } from "../../../lib/image/verbs/copy_tags.ts";
import { createFakeRegistry } from "../../fake_registry/fake_registry.ts";
import { readImage, seedImage, seedIndex, tarOf } from "../fake_images.ts";

const FROM = "registry.test/acme/app";
const TO = "registry.test/acme/mirror";

test("copyTags() copies every tag, and what they have in common once", async () => {
  const { store, fetch, requests } = createFakeRegistry({ profile: { pageSize: 2 } });
  const expected = new Map<string, string>();
  for (const tag of ["1", "2", "3", "latest"]) {
    const tars = [tarOf("base", "base"), tarOf("app", tag === "latest" ? "3" : tag)];
    expected.set(tag, (await seedImage(store, "acme/app", tag, { tars })).digest);
  }
  const results = await copyTags(FROM, TO, { fetch, host: {} });
  assert.deepEqual(
    results.map(({ target, digest }) => [target, digest]),
    [...expected].map(([tag, digest]) => [`${TO}:${tag}`, digest]),
  );
  for (const tag of expected.keys()) readImage(store, "acme/mirror", tag);
  // The common layer, three of the tags' own, and their configs.
  assert.equal(requests.filter(({ method }) => method === "POST").length, 7);
});

test("copyTags() leaves tags alone that stand for other images, where that is wanted", async () => {
  const { store, fetch } = createFakeRegistry();
  const one = await seedImage(store, "acme/app", "1");
  await seedImage(store, "acme/app", "2", { layerCount: 1 });
  const other = await seedImage(store, "acme/mirror", "2", { layerCount: 3 });
  const options = { fetch, host: {}, noClobber: true };
  const warnings: string[] = [];
  const onWarning = (message: string, { code }: { code: string }): void =>
    void warnings.push(code, message);
  const results = await copyTags(FROM, TO, { ...options, onWarning });
  assert.deepEqual(results.map(({ target }) => target), [`${TO}:1`]);
  assert.deepEqual([...store.repository("acme/mirror").tags], [["2", other.digest], [
    "1",
    one.digest,
  ]]);
  assert.deepEqual(warnings, [
    "tag-kept",
    `Left alone: the tag "2" of "${TO}": it stands for "${other.digest}" already`,
  ]);
  assert.equal((await copyTags(FROM, TO, { fetch, host: {} })).length, 2);
  await assert.rejects(copyTags(FROM, TO, { host: {}, tags: ["x"] } as object), TypeError);
});

test("copyImage() with noClobber copies where the tag is free or the same, and else fails before it sends", async () => {
  const { store, fetch, requests } = createFakeRegistry();
  const { digest } = await seedImage(store, "acme/app", "1");
  const other = await seedImage(store, "acme/mirror", "2", { layerCount: 1 });
  const options = { fetch, host: {}, noClobber: true };
  for (let times = 0; times < 2; times++) {
    assert.equal((await copyImage(`${FROM}:1`, `${TO}:1`, options)).digest, digest);
  }
  requests.length = 0;
  await assert.rejects(copyImage(`${FROM}:1`, `${TO}:2`, options), {
    name: "TagTakenError",
    message: `Cannot copy to the tag "2" of "${TO}": it stands for "${other.digest}" already`,
  });
  assert.ok(requests.every(({ method }) => method === "GET" || method === "HEAD"));
});

test("copyImage() says when a single image leaves its attestations behind", async () => {
  const { store, fetch } = createFakeRegistry();
  await seedIndex(store, "acme/app", "1", [
    { os: "linux", architecture: "amd64" },
    { os: "linux", architecture: "arm64" },
  ]);
  const platforms = ["linux/arm64"];
  const one = await copyImage(`${FROM}:1`, `${TO}:1`, { fetch, host: {}, platforms });
  assert.deepEqual(one.warningDetails, [{
    code: "attestations-dropped",
    message: "1 attestation of the image is left behind: only an index can list them",
  }]);
  const both = await copyImage(`${FROM}:1`, `${TO}:2`, { fetch, host: {} });
  assert.deepEqual(both.warnings, []);
});
