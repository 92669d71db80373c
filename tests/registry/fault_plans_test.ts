/**
 * Random faults over a large upload: afterwards the image is right, or the command has failed with a clear error and the tag is as it
 * was. Never a wrong image. `APPENDLAYER_SEED=…` repeats a run.
 */

import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { AuthError } from "../../lib/registry/auth/auth_error.ts";
import { Registries } from "../../lib/registry/registries.ts";
import { RegistryError } from "../../lib/registry/http/registry_error.ts";
import { DigestMismatchError } from "../../lib/storage/digest_mismatch_error.ts";
import { NotFoundError } from "../../lib/storage/not_found_error.ts";
import { digestOf } from "../../lib/oci/digest.ts";
import { createVirtualClock } from "../fake_registry/clock.ts";
import { PASSWORD, USERNAME } from "../fake_registry/fake_auth.ts";
import { createFakeRegistry } from "../fake_registry/fake_registry.ts";
import type { Fault, FaultAction } from "../fake_registry/fault.ts";
import { type ProfileName, PROFILES } from "../fake_registry/profile.ts";
import { chooseSeed, createRandom } from "../random.ts";
import { randomBytes, testSource } from "./blob_sources.ts";
import { imageFlaw, pushImage, seedImage } from "./push_image.ts";

const PLANS = 500;

/** Plans that run at a time, each by its own clock. */
const TOGETHER = 25;

const LAYER_SIZE = 40_000;
const BUFFER_SIZE = 9_000;
const STATUSES = [401, 404, 408, 413, 416, 429, 500, 502, 503, 504];

function randomFault(random: () => number): Fault {
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;
  const bytes = Math.floor(random() * LAYER_SIZE * 1.2);
  const actions: FaultAction[] = [
    { kind: "status", status: pick(STATUSES) },
    {
      kind: "status",
      status: 429,
      headers: { "retry-after": pick(["0", "1", "100", "3600", "soon"]) },
    },
    { kind: "cut", bytes },
    { kind: "cut", bytes },
    { kind: "lost" },
    { kind: "cut answer", bytes: Math.floor(bytes / 20) },
    { kind: "silent" },
    { kind: "silent answer", bytes: Math.floor(bytes / 20) },
    { kind: "slow", duration: pick([500, 59_000, 61_000]) },
  ];
  return {
    method: pick(["GET", "HEAD", "POST", "PATCH", "PATCH", "PUT", undefined]),
    path: pick([undefined, undefined, /uploads/, /manifests/, /token/]),
    after: Math.floor(random() * 3),
    times: pick([1, 1, 1, 2, 6]),
    action: pick(actions),
  };
}

/** A registry with its faults, and what is sent to it in which way. */
interface Plan {
  readonly seed?: number;
  readonly profile: ProfileName;
  readonly faults: readonly Fault[];
  readonly replayable: boolean;
  readonly runtime: { readonly endsBrokenBodies: boolean; readonly refusesStreams: boolean };
}

interface Outcome {
  readonly isRight: boolean;
  readonly faults: number;
}

const LAYER = randomBytes(LAYER_SIZE, 7);

function randomPlan(seed: number, random: () => number): Plan {
  const profiles = Object.keys(PROFILES) as ProfileName[];
  return {
    seed,
    profile: profiles[Math.floor(random() * profiles.length)] ?? "plain",
    faults: Array.from({ length: 1 + Math.floor(random() * 4) }, () => randomFault(random)),
    replayable: random() < 0.5,
    runtime: { endsBrokenBodies: random() < 0.2, refusesStreams: random() < 0.1 },
  };
}

async function runPlan(plan: Plan, random: () => number): Promise<Outcome> {
  const clock = createVirtualClock();
  const { profile, faults, replayable, runtime } = plan;
  const where = JSON.stringify(plan);
  const registry = createFakeRegistry({
    profile,
    faults,
    clock,
    runtime,
    auth: { kind: "bearer" },
  });
  const { blobs, tags } = registry.store.repository("acme/app");
  await seedImage(registry, "acme/app", "old");
  const before = tags.get("old");
  const registries = new Registries({
    fetch: registry.fetch,
    credentials: () => Promise.resolve({ username: USERNAME, password: PASSWORD }),
    bufferSize: BUFFER_SIZE,
    now: clock.now,
    delay: clock.delay,
    random,
  });
  const target = registries.open("registry.test", "acme/app", "push");
  let isRight = true;
  try {
    await pushImage(target, target, testSource(LAYER, { replayable }));
    assert.equal(await imageFlaw(registry, "acme/app", "new", LAYER), undefined, where);
  } catch (error) {
    const isClear = error instanceof RegistryError || error instanceof AuthError ||
      error instanceof NotFoundError || error instanceof DigestMismatchError;
    if (!isClear) throw new Error(`not a clear error: ${where}`, { cause: error });
    assert.match(error.message, /^Cannot \S+ .+: .+/, where);
    assert.ok(!registry.authority?.isSecretIn(error.message), where);
    const flaw = await imageFlaw(registry, "acme/app", "new", LAYER);
    // The last answer may be lost for good: then the tag is right, and the command has failed all the same.
    if (flaw !== "there is no manifest") assert.equal(flaw, undefined, where);
    isRight = false;
  }
  await registries.settle();
  assert.equal(tags.get("old"), before, where);
  for (const [digest, bytes] of blobs) assert.equal(await digestOf(bytes), digest, where);
  return { isRight, faults: registry.faults.struck };
}

test("an upload survives a fault that passes, and fails by one that stays, at every registry", async () => {
  const runtime = { endsBrokenBodies: false, refusesStreams: false };
  const run = async (profile: ProfileName, times: number): Promise<void> => {
    const faults: Fault[] = [{ method: "POST", times, action: { kind: "status", status: 503 } }];
    const plan = { profile, faults, replayable: true, runtime };
    const outcome = await runPlan(plan, createRandom(1).next);
    assert.equal(outcome.isRight, times === 1, profile);
    assert.equal(outcome.faults === 1, times === 1, profile);
  };
  const profiles = Object.keys(PROFILES) as ProfileName[];
  await Promise.all([1, Infinity].flatMap((times) => profiles.map((one) => run(one, times))));
});

test(`${PLANS} random fault plans never make a wrong image`, async () => {
  const seed = chooseSeed();
  process.stdout.write(`\nseed ${seed}\n`);
  const outcomes: Outcome[] = [];
  while (outcomes.length < PLANS) {
    const seeds = Array.from({ length: TOGETHER }, (_, index) => seed + outcomes.length + index);
    const runs = seeds.map((one) => {
      const random = createRandom(one).next;
      return runPlan(randomPlan(one, random), random);
    });
    outcomes.push(...await Promise.all(runs));
  }
  const right = outcomes.filter(({ isRight }) => isRight);
  const mended = right.filter(({ faults }) => faults > 0).length;
  const failed = outcomes.length - right.length;
  process.stdout.write(`${right.length} right, ${mended} of them after faults; ${failed} failed\n`);
});
