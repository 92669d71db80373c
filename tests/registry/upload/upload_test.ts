/** Uploads that meet trouble: what the registry answers decides how they go on. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Registries } from "../../../lib/registry/registries.ts";
import { RegistryError } from "../../../lib/registry/http/registry_error.ts";
import type { FakeRegistryOptions } from "../../fake_registry/fake_registry.ts";
import type { Fault } from "../../fake_registry/fault.ts";
import { randomBytes, testSource, type TestSourceOptions } from "../blob_sources.ts";
import { createClient } from "../client.ts";
import { createRecorder } from "../recorder.ts";

const SMALL = randomBytes(3_000, 1);
const LARGE = randomBytes(50_000, 2);

interface Case {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly source?: TestSourceOptions;
  readonly registry?: FakeRegistryOptions;
  readonly methods: string;
}

const cut = (method: string, bytes: number, after = 0): Fault => ({
  method,
  path: /uploads\/session/,
  after,
  action: { kind: "cut", bytes },
});
const status = (method: string, status: number, times = 1): Fault => ({
  method,
  path: /uploads\/session/,
  times,
  action: { kind: "status", status },
});

const CASES: Case[] = [
  {
    name: "a PUT that is cut starts anew in another session",
    bytes: SMALL,
    registry: { faults: [cut("PUT", 1_500)] },
    methods: "POST HEAD PUT HEAD POST PUT",
  },
  {
    name: "a PUT whose answer is lost is not sent again",
    bytes: SMALL,
    registry: { faults: [{ method: "PUT", action: { kind: "lost" } }] },
    methods: "POST HEAD PUT HEAD",
  },
  {
    name: "a PUT that is refused becomes a PATCH",
    bytes: SMALL,
    registry: { profile: "artifactory" },
    methods: "POST HEAD PUT HEAD POST PATCH PUT",
  },
  {
    name: "a PUT that is too large becomes chunks",
    bytes: SMALL,
    registry: { profile: { maxBody: 2_500 } },
    methods: "POST HEAD PUT POST PATCH POST PATCH PATCH PUT",
  },
  {
    name:
      "a stream that is cut goes on in chunks from where the registry stands, from a source that can be read again",
    bytes: LARGE,
    source: { replayable: true },
    registry: { faults: [cut("PATCH", 40_000)] },
    methods: "POST PATCH GET PATCH PATCH PUT",
  },
  {
    name:
      "a stream that is cut while it is still in memory starts anew, from a source that can be read once",
    bytes: LARGE,
    registry: { faults: [cut("PATCH", 0)] },
    methods: "POST PATCH GET POST PATCH PUT",
  },
  {
    name: "a stream whose answer is lost is closed without sending it again",
    bytes: LARGE,
    registry: { faults: [{ method: "PATCH", action: { kind: "lost" } }] },
    methods: "POST PATCH HEAD GET PUT",
  },
  {
    name: "a stream that is refused for want of a length goes in chunks",
    bytes: LARGE,
    registry: { profile: { lengthRequired: true } },
    methods: "POST PATCH POST PATCH PATCH PATCH PATCH PATCH PATCH PATCH PUT",
  },
  {
    name: "a stream that the runtime refuses goes in chunks",
    bytes: LARGE,
    registry: { runtime: { refusesStreams: true } },
    methods: "POST GET POST GET POST PATCH PATCH PATCH PATCH PATCH PATCH PATCH PUT",
  },
  {
    name: "a registry that announces chunks gets chunks of one size",
    bytes: LARGE,
    registry: { profile: { chunkMinLength: 10_000, chunkMaxLength: 20_000, equalChunks: true } },
    methods: "POST PATCH PATCH PATCH PATCH PATCH PUT",
  },
  {
    name: "a registry that announces chunks above what memory may hold gets one stream",
    bytes: LARGE,
    registry: { profile: { chunkMinLength: 999_999_999_999_999, maxRangedPatch: 1 } },
    methods: "POST PATCH PUT",
  },
  {
    name: "a chunk that is cut is sent again from where the registry stands",
    bytes: LARGE,
    registry: { profile: { chunkMinLength: 10_000 }, faults: [cut("PATCH", 5_000, 1)] },
    methods: "POST PATCH PATCH GET PATCH PATCH PATCH PATCH PUT",
  },
  {
    name: "a chunk whose answer is lost is not sent again",
    bytes: LARGE,
    registry: {
      profile: { chunkMinLength: 10_000 },
      faults: [{ method: "PATCH", after: 1, action: { kind: "lost" } }],
    },
    methods: "POST PATCH PATCH GET PATCH PATCH PATCH PUT",
  },
  {
    name: "chunks that are too large become smaller ones in a new session",
    bytes: LARGE.slice(0, 12_000),
    registry: { profile: { chunkMinLength: 1, maxRangedPatch: 4_096 } },
    methods: "POST PATCH POST PATCH PATCH PATCH PATCH PATCH PATCH PUT",
  },
  {
    name: "a closing PUT whose answer is lost is not the end",
    bytes: LARGE,
    registry: { faults: [{ method: "PUT", action: { kind: "lost" } }] },
    methods: "POST PATCH PUT PUT HEAD",
  },
  {
    name: "a closing PUT that meets a 503 is sent again",
    bytes: LARGE,
    registry: { faults: [status("PUT", 503, 2)] },
    methods: "POST PATCH PUT PUT PUT",
  },
  {
    name: "a session that is lost is replaced, for a source that can be read again",
    bytes: LARGE,
    source: { replayable: true },
    registry: { faults: [status("PATCH", 404)] },
    methods: "POST PATCH POST PATCH PATCH PATCH PATCH PATCH PATCH PATCH PUT",
  },
  {
    name: "an answer other than 201 is confirmed, and not believed where the blob is not there",
    bytes: SMALL,
    registry: { faults: [status("PUT", 202)] },
    methods: "POST HEAD PUT HEAD HEAD HEAD HEAD HEAD HEAD POST PATCH PUT",
  },
  {
    name: "a blob that appears a while after its PUT is waited for, and not sent again",
    bytes: SMALL,
    registry: { profile: "eventual storage" },
    methods: "POST HEAD PUT HEAD HEAD HEAD HEAD HEAD",
  },
  {
    name: "a blob that appears a while after its closing PUT is waited for, and not sent again",
    bytes: LARGE,
    registry: { profile: "eventual storage" },
    methods: "POST PATCH PUT HEAD HEAD HEAD HEAD HEAD",
  },
];

for (const { name, bytes, source, registry, methods } of CASES) {
  test(name, async () => {
    const client = createClient(registry);
    const stored = await client.repository.putBlob(testSource(bytes, source));
    await client.registries.settle();
    assert.equal(client.methods(), methods);
    assert.deepEqual(client.registry.store.repository("acme/app").blobs.get(stored.digest), bytes);
    assert.equal(client.registry.openSessions(), 0);
  });
}

test("chunks above what memory may hold are refused before anything is collected for them", async () => {
  const client = createClient({
    profile: { chunkMinLength: 999_999_999_999_999, lengthRequired: true },
  });
  await assert.rejects(client.repository.putBlob(testSource(LARGE)), {
    name: "RegistryError",
    message: 'Cannot push a blob to "registry.test/acme/app": registry wants chunks of at least ' +
      "999999999999999 bytes: expected at most 104857600",
  });
  await client.registries.settle();
  assert.equal(client.methods(), "POST PATCH POST");
  assert.equal(client.registry.openSessions(), 0);
});

test("what a 416 means does not depend on the repository's name", async () => {
  const methods = await Promise.all(["acme/app", "acme/size-limit"].map(async (name) => {
    const client = createClient({
      profile: { chunkMinLength: 10_000 },
      faults: [status("PATCH", 416)],
    });
    await client.registries.open("registry.test", name, "push").putBlob(
      testSource(LARGE, { replayable: true }),
    );
    return client.methods();
  }));
  assert.equal(methods[1], methods[0]);
});

test("a stream that is cut fails with a reason where the source can be read only once", async () => {
  // docker-registry 2.8 forgets a session that was cut.
  const client = createClient({ faults: [cut("PATCH", 30_500), status("GET", 404)] });
  const source = testSource(LARGE);
  await assert.rejects(client.repository.putBlob(source), {
    name: "RegistryError",
    message:
      'Cannot push a blob to "registry.test/acme/app": no answer from https://registry.test: ' +
      "read ECONNRESET; the upload cannot start anew, because its source can be read only once",
  });
  await client.registries.settle();
  assert.equal(client.registry.openSessions(), 0);
  assert.equal(source.ended, 1, "the source was ended");
});

test("a source that throws ends the upload on workerd too, which ends broken bodies cleanly", async () => {
  const client = createClient({ runtime: { endsBrokenBodies: true } });
  const broken = new Error("the source is broken");
  const source = testSource(LARGE, {
    before: (offset) => {
      if (offset >= 30_000) throw broken;
    },
  });
  await assert.rejects(client.repository.putBlob(source), (error) => error === broken);
  await client.registries.settle();
  assert.equal(client.registry.store.repository("acme/app").blobs.size, 0);
  assert.equal(client.methods(), "POST PATCH");
  assert.equal(client.registry.requests[1]?.status, 0, "the server saw that it was broken off");
});

test("a registry that refuses the session is heard before the source has said anything", async () => {
  const client = createClient({
    faults: [{ method: "POST", action: { kind: "status", status: 403 } }],
  });
  const source = testSource(LARGE, { before: () => new Promise(() => {}) });
  await assert.rejects(client.repository.putBlob(source), (error) => {
    assert.ok(error instanceof RegistryError);
    assert.equal(error.status, 403);
    return true;
  });
});

test("an answer before everything was sent is not believed", async () => {
  const recorder = createRecorder({
    "https://registry.test": () =>
      new Response(null, { status: 202, headers: { location: "/up" } }),
  });
  const fetch: typeof recorder.fetch = (url, init) =>
    recorder.fetch(url, init.body instanceof ReadableStream ? { ...init, body: null } : init);
  const registries = new Registries({ fetch, bufferSize: 8_000, retries: 0 });
  const repository = registries.open("registry.test", "acme/app", "push");
  await assert.rejects(repository.putBlob(testSource(LARGE)), {
    name: "RegistryError",
    message: /registry answered 202 before everything was sent$/,
  });
});

test("a 401 to a stream that cannot be sent again is told as it is", async () => {
  const client = createClient({ auth: { kind: "bearer" }, faults: [status("PATCH", 401)] });
  await assert.rejects(client.repository.putBlob(testSource(LARGE)), {
    name: "RegistryError",
    message: /registry answered 401, UNKNOWN: a planned fault/,
  });
});

test("an abort ends an upload at once, with its reason, and gives the session back", async () => {
  for (const at of [0, 20_000]) {
    const client = createClient();
    const controller = new AbortController();
    const reason = new Error("enough");
    const source = testSource(LARGE, {
      before: async (offset) => {
        if (offset < at) return;
        controller.abort(reason);
        await new Promise(() => {});
      },
    });
    const { signal } = controller;
    await assert.rejects(
      client.repository.putBlob(source, { signal }),
      (error) => error === reason,
    );
    await client.registries.settle();
    assert.equal(client.registry.openSessions(), 0);
    assert.equal(client.registry.store.repository("acme/app").blobs.size, 0);
  }
});

test("a copy asks first, and opens its source only if the blob is missing", async () => {
  const client = createClient();
  const digest = await client.registry.store.seedBlob("acme/app", LARGE);
  const source = testSource(LARGE, { digest, size: LARGE.length, replayable: true });
  assert.equal((await client.repository.putBlob(source)).uploaded, false);
  assert.equal(source.opened, 0);
  assert.equal(client.methods(), "HEAD");
  client.registry.store.repository("acme/app").blobs.clear();
  assert.equal((await client.repository.putBlob(source)).uploaded, true);
  assert.equal(client.methods(), "HEAD HEAD POST PATCH PUT");
});

test("a copy is verified before it is committed", async () => {
  for (const length of [3_000, 50_000]) {
    const bytes = randomBytes(length, 5);
    const client = createClient();
    const digest = `sha256:${"a".repeat(64)}` as const;
    for (const size of [length, length + 1, length - 1]) {
      const source = testSource(bytes, { digest, size, replayable: true });
      await assert.rejects(client.repository.putBlob(source), { name: "DigestMismatchError" });
    }
    await client.registries.settle();
    assert.ok(!client.methods().includes("PUT"), "nothing was committed");
    assert.equal(client.registry.openSessions(), 0);
  }
});

test("probe decides whether a blob is asked for, as late as its digest is known", async () => {
  const client = createClient();
  await client.registry.store.seedBlob("acme/app", SMALL);
  await client.repository.putBlob(testSource(SMALL), { probe: false });
  assert.equal(client.methods(), "POST PUT");
  let isReadThrough = false;
  const source = testSource(SMALL, { before: (offset) => void (isReadThrough = offset === 2_000) });
  await client.repository.putBlob(source, {
    probe: () => {
      assert.ok(isReadThrough);
      return Promise.resolve(true);
    },
  });
  assert.equal(client.methods(), "POST PUT POST HEAD");
});

test("an empty blob is stored", async () => {
  const client = createClient();
  const stored = await client.repository.putBlob(testSource(new Uint8Array(0)));
  assert.equal(stored.size, 0);
  assert.equal(
    stored.digest,
    "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  );
});

test("a blob of exactly the buffer's size, and one byte more and less, is stored", async () => {
  for (const size of [7_999, 8_000, 8_001]) {
    const client = createClient();
    const bytes = randomBytes(size, size);
    const { digest } = await client.repository.putBlob(testSource(bytes, { chunkSize: 4_000 }));
    assert.deepEqual(client.registry.store.repository("acme/app").blobs.get(digest), bytes);
  }
});

test("a mount that is answered with a session is used for the copy", async () => {
  const client = createClient({ profile: "ecr" });
  const digest = await client.registry.store.seedBlob("vendor/base", SMALL);
  const base = client.registries.open("registry.test", "vendor/base", "pull");
  const descriptor = { mediaType: "x", digest, size: SMALL.length };
  assert.equal(await client.repository.mountBlob(descriptor, base), false);
  await client.repository.putBlob(testSource(SMALL, { digest, size: SMALL.length }), {
    probe: false,
  });
  assert.equal(client.methods(), "POST PUT");
});

test("a session that is stuck is given up for a new one", async () => {
  const { repository, registry, methods } = createClient({ profile: "stuck session" });
  const { digest } = await repository.putBlob(
    testSource(randomBytes(20_000), { replayable: true }),
  );
  assert.ok(registry.store.repository("acme/app").blobs.has(digest));
  assert.ok(methods().split(" ").filter((method) => method === "PUT").length <= 11, methods());
});
