/** The client as a whole against a plain registry in memory. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { collectBytes } from "../../lib/base/collect.ts";
import { createTransfer } from "../../lib/storage/transfer.ts";
import { NotFoundError } from "../../lib/storage/not_found_error.ts";
import { Registries } from "../../lib/registry/registries.ts";
import type { Delay } from "../../lib/registry/registry_options.ts";
import { RegistryError } from "../../lib/registry/http/registry_error.ts";
import { createFakeRegistry } from "../fake_registry/fake_registry.ts";
import { sha256 } from "../fake_registry/store.ts";
import { randomBytes, testSource } from "./blob_sources.ts";

const INDEX = "application/vnd.oci.image.index.v1+json";

test("putBlob() sends a small blob with one PUT", async () => {
  const registry = createFakeRegistry();
  const transfer = createTransfer();
  const registries = new Registries({ fetch: registry.fetch, transfer });
  const bytes = randomBytes(1000);
  const stored = await registries.open("registry.test", "a/b", "push").putBlob(testSource(bytes));
  assert.deepEqual(stored, { digest: await sha256(bytes), size: 1000, uploaded: true });
  assert.deepEqual(registry.store.repository("a/b").blobs.get(stored.digest), bytes);
  assert.deepEqual(registry.requests.map(({ method }) => method), ["POST", "HEAD", "PUT"]);
  assert.equal(transfer.requests, 3);
  assert.equal(transfer.bytesUploaded, 1000);
});

test("putBlob() streams a large blob with one PATCH", async () => {
  const registry = createFakeRegistry();
  const registries = new Registries({ fetch: registry.fetch, bufferSize: 4_000 });
  const bytes = randomBytes(50_000);
  const sent: number[] = [];
  const stored = await registries.open("registry.test", "a/b", "push")
    .putBlob(testSource(bytes), { onProgress: (total) => sent.push(total) });
  assert.equal(stored.uploaded, true);
  assert.deepEqual(registry.store.repository("a/b").blobs.get(stored.digest), bytes);
  assert.deepEqual(registry.requests.map(({ method }) => method), ["POST", "PATCH", "PUT"]);
  assert.equal(sent.at(-1), 50_000);
});

test("putBlob() does not send what is there, and cancels the session", async () => {
  const registry = createFakeRegistry();
  const registries = new Registries({ fetch: registry.fetch });
  const bytes = randomBytes(1000);
  await registry.store.seedBlob("a/b", bytes);
  const stored = await registries.open("registry.test", "a/b", "push").putBlob(testSource(bytes));
  assert.equal(stored.uploaded, false);
  await registries.settle();
  assert.equal(registry.openSessions(), 0);
});

test("putBlob() asks for the session before the source has said anything", async () => {
  const registry = createFakeRegistry();
  const registries = new Registries({ fetch: registry.fetch });
  let asked = 0;
  const source = testSource(randomBytes(10), {
    before: async () => {
      await new Promise((resolve) => setTimeout(resolve, 0));
      asked = registry.requests.length;
    },
  });
  await registries.open("registry.test", "a/b", "push").putBlob(source);
  assert.equal(asked, 1);
});

test("putBlob() throws the source's own error and commits nothing", async () => {
  const registry = createFakeRegistry();
  const registries = new Registries({ fetch: registry.fetch, bufferSize: 4_000 });
  for (const at of [0, 2_000, 20_000]) {
    const broken = new Error("the source is broken");
    const source = testSource(randomBytes(50_000), {
      before: (offset) => {
        if (offset >= at) throw broken;
      },
    });
    const put = registries.open("registry.test", "a/b", "push").putBlob(source);
    await assert.rejects(put, (error) => error === broken);
  }
  await registries.settle();
  assert.equal(registry.store.repository("a/b").blobs.size, 0);
  assert.equal(registry.openSessions(), 0);
});

test("getManifest() reads by tag and by digest, and putManifest() writes", async () => {
  const registry = createFakeRegistry();
  const registries = new Registries({ fetch: registry.fetch });
  const digest = await registry.store.seedManifest("a/b", "1", { mediaType: INDEX });
  const repository = registries.open("registry.test", "a/b", "push");
  const document = await repository.getManifest("1");
  assert.equal(document.digest, digest);
  assert.equal(document.mediaType, INDEX);
  assert.deepEqual(await repository.getManifest(digest), document);
  await repository.putManifest("2", document);
  assert.equal(await repository.headManifest("2"), digest);
  assert.equal(await repository.headManifest("3"), undefined);
  await assert.rejects(repository.getManifest("3"), (error) => {
    assert.ok(error instanceof NotFoundError);
    assert.ok(error.cause instanceof RegistryError);
    assert.equal(error.cause.status, 404);
    assert.equal(
      error.message,
      'Cannot read manifest "3" of "registry.test/a/b": registry answered 404, MANIFEST_UNKNOWN: manifest unknown',
    );
    return true;
  });
});

test("getBlob() reads and verifies", async () => {
  const registry = createFakeRegistry();
  const registries = new Registries({ fetch: registry.fetch });
  const bytes = randomBytes(100_000);
  const digest = await registry.store.seedBlob("a/b", bytes);
  const repository = registries.open("registry.test", "a/b", "pull");
  const descriptor = { mediaType: "x", digest, size: bytes.length };
  assert.deepEqual(await collectBytes(repository.getBlob(descriptor)), bytes);
  registry.store.repository("a/b").blobs.set(digest, randomBytes(100_000, 2));
  await assert.rejects(collectBytes(repository.getBlob(descriptor)), {
    name: "DigestMismatchError",
  });
});

test("tags() follows pages", async () => {
  const registry = createFakeRegistry({ profile: { pageSize: 2 } });
  const registries = new Registries({ fetch: registry.fetch });
  for (const tag of ["a", "b", "c", "d", "e"]) await registry.store.seedManifest("a/b", tag, {});
  const tags = [];
  for await (const tag of registries.open("registry.test", "a/b", "pull").tags()) tags.push(tag);
  assert.deepEqual(tags, ["a", "b", "c", "d", "e"]);
  assert.equal(registry.requests.length, 3);
});

test("mountBlob() mounts within a registry only", async () => {
  const registry = createFakeRegistry({ auth: { kind: "bearer" } });
  const credentials = () => Promise.resolve({ username: "user", password: "secret:with:colons" });
  const registries = new Registries({ fetch: registry.fetch, credentials });
  const bytes = randomBytes(100);
  const digest = await registry.store.seedBlob("base/image", bytes);
  const target = registries.open("registry.test", "a/b", "push");
  const descriptor = { mediaType: "x", digest, size: bytes.length };
  assert.equal(
    await target.mountBlob(descriptor, registries.open("registry.test", "base/image", "pull")),
    true,
  );
  assert.deepEqual(registry.store.repository("a/b").blobs.get(digest), bytes);
  assert.equal(
    await target.mountBlob(descriptor, registries.open("other.test", "base/image", "pull")),
    false,
  );
});

for (const kind of ["basic", "bearer"] as const) {
  test(`a ${kind} challenge is answered`, async () => {
    const registry = createFakeRegistry({ auth: { kind } });
    const credentials = () => Promise.resolve({ username: "user", password: "secret:with:colons" });
    const registries = new Registries({ fetch: registry.fetch, credentials });
    const bytes = randomBytes(100);
    await registries.open("registry.test", "a/b", "push").putBlob(testSource(bytes));
    assert.equal(registry.store.repository("a/b").blobs.size, 1);
  });
}

test("plain http is used on this machine where https is not answered, without a ping", async () => {
  const registry = createFakeRegistry({ host: "localhost:5000", scheme: "http" });
  const transfer = createTransfer();
  const waits: number[] = [];
  const delay: Delay = async (duration, options) => {
    waits.push(duration);
    await new Promise((_, reject) => options.signal?.addEventListener("abort", reject));
  };
  const registries = new Registries({ fetch: registry.fetch, transfer, delay });
  const repository = registries.open("localhost:5000", "a/b", "push");
  await Promise.all([
    repository.putBlob(testSource(randomBytes(10))),
    repository.headManifest("x"),
  ]);
  assert.equal(registry.requests.length, 4);
  assert.ok(
    waits.every((duration) => duration === 60_000 || duration === 1_000),
    "only the watch for silence waits, and what would be tried beside",
  );
});
