/** What a hostile registry cannot do to the memory and the time of its client. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { collectBytes } from "../../lib/base/collect.ts";
import { digestOf } from "../../lib/oci/digest.ts";
import { Registries } from "../../lib/registry/registries.ts";
import type { Repository } from "../../lib/storage/repository.ts";
import { createVirtualClock, half } from "../fake_registry/clock.ts";
import { randomBytes } from "./blob_sources.ts";
import { createRecorder, type Recorder, type Server } from "./recorder.ts";

const ORIGIN = "https://registry.test";
const BLOB = randomBytes(3_000);
const MANIFEST = "application/vnd.oci.image.manifest.v1+json";

interface Client {
  readonly recorder: Recorder;
  readonly repository: Repository;
  readonly now: () => number;
}

function createClient(server: Server, options: { readonly retryFor?: number } = {}): Client {
  const recorder = createRecorder({ [ORIGIN]: server });
  const { now, delay } = createVirtualClock();
  const registries = new Registries({
    fetch: recorder.fetch,
    now,
    delay,
    random: half,
    ...options,
  });
  return { recorder, now, repository: registries.open("registry.test", "acme/app", "pull") };
}

function encoded(encoding: string, body: BodyInit = BLOB): Response {
  return new Response(body, {
    headers: { "content-encoding": encoding, "content-type": MANIFEST },
  });
}

test("every request asks for an answer as it is", async () => {
  const { repository, recorder } = createClient(() => new Response(null, { status: 404 }));
  await repository.headManifest("a");
  await repository.hasBlob(await digestOf(BLOB));
  await assert.rejects(repository.getManifest("a"));
  for (const { headers } of recorder.seen) {
    assert.equal(headers.get("accept-encoding"), "identity");
  }
});

test("a document in an encoding is refused by its name, and not read", async () => {
  for (const encoding of ["br", "gzip", "zstd", "x-gzip"]) {
    const { repository } = createClient(() => encoded(encoding));
    await assert.rejects(repository.getManifest("a"), {
      message:
        `Cannot read manifest "a" of "registry.test/acme/app": registry answered 200: its Content-Encoding is "${encoding}", which was not asked for`,
    });
  }
});

test("a blob that is labelled as compressed is taken as it lies, and any other encoding refused", async () => {
  const blob = { digest: await digestOf(BLOB), size: BLOB.length };
  for (const encoding of ["gzip", "X-GZIP", "identity"]) {
    const { repository } = createClient(() => encoded(encoding));
    assert.deepEqual(await collectBytes(repository.getBlob(blob)), BLOB);
  }
  const { repository } = createClient(() => encoded("br"));
  await assert.rejects(collectBytes(repository.getBlob(blob)), /its Content-Encoding is "br"/);
});

test("a label is named where the bytes are not those of the digest", async () => {
  const { repository } = createClient(() => encoded("gzip", randomBytes(3_000, 5)));
  const blob = { digest: await digestOf(BLOB), size: BLOB.length };
  await assert.rejects(collectBytes(repository.getBlob(blob)), {
    name: "DigestMismatchError",
    message: /; its Content-Encoding is "gzip", which was not asked for$/,
  });
});

/** A body of a byte at a time. */
function dripping(interval: number, clock: ReturnType<typeof createVirtualClock>): ReadableStream {
  return new ReadableStream({
    async pull(controller): Promise<void> {
      await clock.delay(interval);
      controller.enqueue(new Uint8Array(1));
    },
  }, { highWaterMark: 0 });
}

for (
  const [what, read, status] of [
    ["a manifest", (it: Repository) => it.getManifest("a"), 200],
    ["the text of an error", (it: Repository) => it.getManifest("a"), 404],
    ["a list", (it: Repository) => collectAll(it.tags()), 200],
    [
      "a config",
      (it: Repository) =>
        collectBytes(
          it.getBlob({ digest: `sha256:${"a".repeat(64)}`, size: 1e6 }, { isDocument: true }),
        ),
      200,
    ],
  ] as const
) {
  test(`${what} that comes a byte now and then ends after a minute in all`, async () => {
    const clock = createVirtualClock();
    const { fetch } = createRecorder({
      [ORIGIN]: () => new Response(dripping(20_000, clock), { status }),
    });
    const registries = new Registries({ fetch, now: clock.now, delay: clock.delay, random: half });
    const start = clock.now();
    await assert.rejects(read(registries.open("registry.test", "acme/app", "pull")));
    assert.ok(clock.now() - start <= 70_000, `${clock.now() - start} ms`);
  });
}

test("a blob that comes a byte now and then counts as silent, and its cuts do not make it go on for ever", async () => {
  const clock = createVirtualClock();
  let requests = 0;
  const { fetch } = createRecorder({
    [ORIGIN]: () => {
      requests++;
      return new Response(dripping(20_000, clock));
    },
  });
  const registries = new Registries({ fetch, now: clock.now, delay: clock.delay, random: half });
  const repository = registries.open("registry.test", "acme/app", "pull");
  const start = clock.now();
  const read = collectBytes(repository.getBlob({ digest: `sha256:${"a".repeat(64)}`, size: 1e6 }));
  await assert.rejects(read, /less than 1 KiB a second came for 60 seconds/);
  assert.equal(requests, 5);
  assert.ok(clock.now() - start < 330_000, `${clock.now() - start} ms`);
});

test("retryFor says for how long a registry that restarts is asked again", async () => {
  const up = { at: 0 };
  const { repository, recorder, now } = createClient(
    () => new Response(null, { status: now() < up.at ? 503 : 404 }),
    { retryFor: 120_000 },
  );
  up.at = now() + 60_000;
  assert.equal(await repository.headManifest("a"), undefined);
  assert.ok(recorder.seen.length > 5);
  const never = createClient(() => new Response(null, { status: 503 }), { retryFor: 10_000 });
  const start = never.now();
  await assert.rejects(never.repository.headManifest("a"), /registry answered 503/);
  assert.ok(never.now() - start >= 10_000 && never.now() - start < 45_000);
  const once = createClient(() => new Response(null, { status: 503 }), { retryFor: 0 });
  await assert.rejects(once.repository.headManifest("a"));
  assert.equal(once.recorder.seen.length, 1);
});

test("a host that counts requests is asked one at a time after a 429, and then by more again", async () => {
  const clock = createVirtualClock();
  let running = 0;
  let most = 0;
  let tokens = 3;
  let refused = 0;
  let last = clock.now();
  const { fetch } = createRecorder({
    [ORIGIN]: async () => {
      tokens = Math.min(3, tokens + (clock.now() - last) / 200);
      last = clock.now();
      if (tokens < 1) {
        refused++;
        return new Response(null, { status: 429 });
      }
      tokens--;
      most = Math.max(most, ++running);
      await clock.delay(10);
      running--;
      return new Response(null, { status: 404 });
    },
  });
  const registries = new Registries({ fetch, now: clock.now, delay: clock.delay, random: half });
  const repository = registries.open("registry.test", "acme/app", "pull");
  const all = Array.from({ length: 12 }, (_, index) => repository.headManifest(`t${index}`));
  assert.deepEqual(new Set(await Promise.all(all)), new Set([undefined]));
  assert.ok(most >= 2, "more again");
  assert.ok(refused < 100, `${refused} refused`);
});

test("a Location longer than any address is refused", async () => {
  const { repository } = createClient(() =>
    new Response(null, { status: 307, headers: { location: `https://a${".".repeat(300_000)}` } })
  );
  await assert.rejects(repository.getManifest("a"), /Location is longer than 16384 characters/);
});

test("a referrers list that is refused without a challenge is no list", async () => {
  const { repository } = createClient(() => new Response(null, { status: 401 }));
  assert.equal(await repository.referrers(`sha256:${"a".repeat(64)}`), undefined);
});

async function collectAll<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
