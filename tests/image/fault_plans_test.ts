/**
 * Random faults while verbs run that read an image and write another: afterwards the target is what it would have been without them, or
 * the verb has failed with a clear error and the target is as it was. `APPENDLAYER_SEED=…` repeats a run.
 */

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { syncFiles } from "../../lib/host/files/sync_files.ts";
import { appendLayer } from "../../lib/image/verbs/append.ts";
import { copyImage } from "../../lib/image/verbs/copy.ts";
import { makeIndex } from "../../lib/image/verbs/make_index.ts";
import { rebaseImage } from "../../lib/image/verbs/rebase.ts";
import { createMemoryArchives, type MemoryArchives } from "../archive/memory_archives.ts";
import { createFakeRegistry } from "../fake_registry/fake_registry.ts";
import type { Fault, FaultAction } from "../fake_registry/fault.ts";
import { withDirectory } from "../host/temporary.ts";
import type { Descriptor } from "../../lib/oci/descriptor.ts";
import type { FakeStore } from "../fake_registry/store.ts";
import { chooseSeed, createRandom, type Random } from "../random.ts";
import { readDocument, readImage, seedImage, tarOf } from "./fake_images.ts";

const PLANS = 210;
const APP = "registry.test/acme/app:1";
const OTHER = "registry.test/acme/app:arm";
const BASE = "registry.test/acme/base:2";
const TARGET = "registry.test/acme/target:1";
const ARCHIVE = "docker-archive:there.tar";

/** What verbs get beside their own options. */
interface Setting {
  readonly fetch: ReturnType<typeof createFakeRegistry>["fetch"];
  readonly host: { readonly archives: MemoryArchives };
  readonly retryFor: number;
}

/** Each writes TARGET, or the archive `here.tar`. */
const JOBS: Readonly<Record<string, (setting: Setting, directory: string) => Promise<unknown>>> = {
  "replace layers": (setting) =>
    appendLayer(APP, TARGET, {
      ...setting,
      layers: [tarOf("app/new", "new")],
      replace: "app",
      created: new Date(0),
    }),
  "put layers onto another base": (setting) =>
    rebaseImage(APP, TARGET, { ...setting, onto: BASE, created: new Date(0) }),
  "join images": (setting) => makeIndex(TARGET, [APP, OTHER], setting),
  "ask the base": (setting) =>
    appendLayer(APP, TARGET, {
      ...setting,
      layers: [tarOf("srv/data/file", "new")],
      readBase: "all",
      created: new Date(0),
    }),
  "sync a directory": (setting, directory) =>
    appendLayer(APP, TARGET, {
      ...setting,
      layers: [syncFiles({ directories: [{ source: directory, destination: "/srv/app" }] })],
      created: new Date(0),
    }),
  "read an archive": (setting) => copyImage(ARCHIVE, TARGET, setting),
  "write an archive": (setting) => copyImage(APP, "docker-archive:here.tar:app:1", setting),
};

function randomFault(random: Random): Fault {
  const bytes = random.integer(2_000);
  const actions: FaultAction[] = [
    { kind: "status", status: random.pick([401, 404, 408, 413, 416, 429, 500, 502, 503, 504]) },
    { kind: "status", status: 429, headers: { "retry-after": random.pick(["0", "soon"]) } },
    { kind: "cut", bytes },
    { kind: "lost" },
    { kind: "cut answer", bytes: random.integer(300) },
  ];
  return {
    method: random.pick(["GET", "GET", "HEAD", "POST", "PATCH", "PUT", undefined]),
    path: random.pick([undefined, undefined, /uploads/, /manifests/, /blobs/]),
    after: random.integer(4),
    times: random.pick([1, 1, 1, 2, 8]),
    action: random.pick(actions),
  };
}

/** A fault that passes, which every job survives that has the time, and one that stays. */
const PASSING: readonly Fault[] = [{ action: { kind: "status", status: 503 } }];
const STAYING: readonly Fault[] = [{ times: Infinity, action: { kind: "status", status: 500 } }];

/** Milliseconds for another attempt: few, as most of them are spent, and more than any machine is busy for. */
const [SHORT, LONG] = [700, 600_000];

/** What a job leaves. */
interface Left {
  readonly target: string | undefined;
  readonly archive: string | undefined;
}

/** The target with all that it names, as a text; without its base's name, which is left out where the base cannot be read any more. */
function readTarget(store: FakeStore, digest: string): string {
  const { annotations: _annotations, ...document } = readDocument(store, "acme/target", digest);
  const images: string[] = document.manifests?.map((entry: Descriptor) => entry.digest) ?? [digest];
  for (const image of images) readImage(store, "acme/target", image);
  return JSON.stringify(document);
}

interface Outcome {
  readonly left: Left;
  readonly error: unknown;
  readonly struck: number;
}

async function runJob(
  job: (setting: Setting, directory: string) => Promise<unknown>,
  faults: readonly Fault[],
  directory: string,
  retryFor: number = SHORT,
): Promise<Outcome> {
  const plan: Fault[] = [];
  const registry = createFakeRegistry({ faults: plan });
  const { store, fetch } = registry;
  for (const tag of ["1", "2"]) {
    const tars = [tarOf("os", tag), tarOf("srv/data/old", "old")];
    await seedImage(store, "acme/base", tag, { tars });
  }
  await seedImage(store, "acme/app", "arm", { platform: { os: "linux", architecture: "arm64" } });
  await seedImage(store, "acme/target", "1");
  const archives = createMemoryArchives();
  const setting = { fetch, host: { archives }, retryFor };
  await appendLayer("registry.test/acme/base:1", APP, {
    ...setting,
    layers: [tarOf("app/old", "old")],
    replace: "app",
    created: new Date(0),
  });
  await copyImage(APP, `${ARCHIVE}:app:1`, setting);
  const targets = store.repository("acme/target");
  const before = targets.tags.get("1");
  // Not before: the setting has to be whole.
  plan.push(...faults);
  let error: unknown;
  try {
    await job(setting, directory);
  } catch (thrown) {
    error = thrown;
  }
  const digest = targets.tags.get("1");
  const target = digest === before || digest === undefined ? undefined : readTarget(store, digest);
  const archive = archives.files.get("here.tar");
  return {
    left: {
      target,
      archive: archive && Buffer.from(archive).toString("base64"),
    },
    error,
    struck: registry.faults.struck,
  };
}

/** Lends a directory with a file. */
const withSource = (action: (directory: string) => Promise<void>): Promise<void> =>
  withDirectory(async (directory) => {
    writeFileSync(join(directory, "file"), "content");
    await action(directory);
  });

test("verbs survive a fault that passes, and fail by one that stays", () =>
  withSource(async (directory) => {
    await Promise.all(
      Object.entries(JOBS).map(async ([name, job]) => {
        const right = await runJob(job, [], directory);
        assert.equal(right.error, undefined, name);
        const survived = await runJob(job, PASSING, directory, LONG);
        assert.deepEqual(survived, { ...right, struck: 1 }, name);
        const { left, error } = await runJob(job, STAYING, directory);
        assert.match(String(error), /^\w*Error: Cannot \S+ .+: registry answered 500/, name);
        assert.deepEqual(left, { target: undefined, archive: undefined }, name);
      }),
    );
  }));

test(`${PLANS} random fault plans of verbs never make another image than none would`, async () => {
  const seed = chooseSeed();
  process.stdout.write(`\nseed ${seed}\n`);
  let mended = 0;
  let failed = 0;
  await withSource(async (source) => {
    const jobs = Object.entries(JOBS);
    const right = new Map<string, Left>();
    for (const [name, job] of jobs) {
      const { left, error } = await runJob(job, [], source);
      assert.equal(error, undefined, name);
      assert.ok(left.target ?? left.archive, `${name} leaves nothing`);
      right.set(name, left);
    }
    const runPlan = async (number: number): Promise<void> => {
      const random = createRandom(seed + number);
      const [name, job] = jobs[number % jobs.length] as (typeof jobs)[number];
      const faults = Array.from({ length: 1 + random.integer(4) }, () => randomFault(random));
      const where = JSON.stringify({ seed, number, name, faults });
      const { left, error, struck } = await runJob(job, faults, source);
      if (error === undefined) {
        assert.deepEqual(left, right.get(name), where);
        if (struck > 0) mended++;
        return;
      }
      failed++;
      assert.match((error as Error).message, /^Cannot \S+ .+/, where);
      // The last answer may be lost for good: then the target is right, and the verb has failed all the same.
      if (left.target !== undefined) assert.deepEqual(left, right.get(name), where);
      assert.equal(left.archive, undefined, where);
    };
    // Side by side: they spend their time in waiting for another attempt.
    await Promise.all(Array.from({ length: PLANS }, (_, number) => runPlan(number)));
  });
  process.stdout.write(`${mended} right after faults, ${failed} failed\n`);
});
