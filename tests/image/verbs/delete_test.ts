import assert from "node:assert/strict";
import { test } from "node:test";
import { appendLayer } from "../../../lib/image/verbs/append.ts";
import { deleteImage } from "../../../lib/image/verbs/delete.ts";
import { resolveDigest } from "../../../lib/image/verbs/resolve_digest.ts";
import { tagImage } from "../../../lib/image/verbs/tag.ts";
import { RegistryError } from "../../../lib/registry/http/registry_error.ts";
import { PASSWORD, USERNAME } from "../../fake_registry/fake_auth.ts";
import { createFakeRegistry } from "../../fake_registry/fake_registry.ts";
import { PROFILES } from "../../fake_registry/profile.ts";
import { createMemoryDirectory } from "../../layout/memory_directory.ts";
import { seedImage, tarOf } from "../fake_images.ts";

const IMAGE = "registry.test/acme/app:1";

test("deleteImage() deletes a tag by its name, and no other tag of its image", async () => {
  const { store, fetch, requests } = createFakeRegistry();
  const { digest } = await seedImage(store, "acme/app", "1");
  await seedImage(store, "acme/app", "2");
  const result = await deleteImage(IMAGE, { fetch, host: {} });
  assert.deepEqual(result, { name: IMAGE, deleted: "tag", digest, warnings: [] });
  assert.deepEqual([...store.repository("acme/app").tags], [["2", digest]]);
  assert.deepEqual(
    requests.map(({ method, path }) => `${method} ${path}`),
    ["HEAD /v2/acme/app/manifests/1", "DELETE /v2/acme/app/manifests/1"],
  );
});

test("deleteImage() deletes an image by its digest, with its tags", async () => {
  const { store, fetch } = createFakeRegistry();
  const { digest } = await seedImage(store, "acme/app", "1");
  const result = await deleteImage(`registry.test/acme/app@${digest}`, { fetch, host: {} });
  assert.equal(result.deleted, "manifest");
  assert.equal(store.repository("acme/app").tags.size, 0);
});

test("deleteImage() asks for a token that may delete", async () => {
  const registry = createFakeRegistry({ auth: { kind: "bearer", anonymousPull: false } });
  await seedImage(registry.store, "acme/app", "1");
  const credentials = { "registry.test": { username: USERNAME, password: PASSWORD } };
  await deleteImage(IMAGE, { fetch: registry.fetch, host: {}, credentials });
  const scopes = registry.requests.map(({ path }) =>
    new URL(path, "https://registry.test").searchParams.get("scope")
  );
  assert.deepEqual(scopes.filter((scope) => scope !== null), [
    "repository:acme/app:pull",
    "repository:acme/app:pull,delete",
  ]);
});

test("deleteImage() tells both ways out where a registry deletes no tags", async () => {
  const { store, fetch } = createFakeRegistry({ profile: PROFILES.ecr });
  const { digest } = await seedImage(store, "acme/app", "1");
  await assert.rejects(deleteImage(IMAGE, { fetch, host: {} }), (error) => {
    assert.ok(error instanceof RegistryError);
    assert.match(error.message, /^Cannot delete manifest "1" .* 405.*it seems to delete no tags$/);
    const name = `registry.test/acme/app@${digest}`;
    assert.deepEqual(error.hint, { kind: "delete-by-digest", name });
    return true;
  });
  assert.ok(store.repository("acme/app").tags.has("1"));
});

test("deleteImage() deletes nothing in a dry run", async () => {
  const { store, fetch, requests } = createFakeRegistry();
  await seedImage(store, "acme/app", "1");
  const result = await deleteImage(IMAGE, { fetch, host: {}, dryRun: true });
  assert.equal(result.dryRun, true);
  assert.deepEqual(requests.map(({ method }) => method), ["HEAD"]);
});

test("deleteImage() takes tags, or all of an image, out of a layout, and leaves the rest", async () => {
  const directory = createMemoryDirectory();
  const host = { openDirectory: () => directory };
  const { digest } = await appendLayer("scratch", "oci:x:1", { host, layers: [tarOf("a", "a")] });
  await appendLayer("scratch", "oci:x:4", { host, layers: [tarOf("b", "b")] });
  await tagImage("oci:x:1", ["2", "3"], { host });
  await deleteImage("oci:x:1", { host });
  assert.equal(await resolveDigest("oci:x:2", { host }), digest);
  await assert.rejects(deleteImage("oci:x:1", { host }), { name: "NotFoundError" });
  await deleteImage(`oci:x@${digest}`, { host });
  await assert.rejects(resolveDigest("oci:x:3", { host }), { name: "NotFoundError" });
  await resolveDigest("oci:x:4", { host });
  await assert.rejects(deleteImage(`oci:x@${digest}`, { host }), { name: "NotFoundError" });
});

const REFUSED: readonly (readonly [reference: string, message: RegExp])[] = [
  ["registry.test/acme/app", /name the tag or digest that is to go$/],
  ["oci:x", /name the tag or digest/],
  ["scratch", /it is the empty image/],
  [`registry.test/acme/app:1@sha256:${"0".repeat(64)}`, /it names a tag and a digest/],
];

for (const [reference, message] of REFUSED) {
  test(`deleteImage() refuses ${reference} before any request`, async () => {
    const { fetch, requests } = createFakeRegistry();
    const host = { openDirectory: () => createMemoryDirectory() };
    await assert.rejects(deleteImage(reference, { fetch, host }), { name: "SyntaxError", message });
    assert.equal(requests.length, 0);
  });
}

test("deleteImage() tells what is not there", async () => {
  const { fetch } = createFakeRegistry();
  await assert.rejects(deleteImage(IMAGE, { fetch, host: {} }), { name: "NotFoundError" });
});
