import assert from "node:assert/strict";
import { test } from "node:test";
import { main } from "../../../lib/cli/program.ts";
import { createFakeRegistry } from "../../fake_registry/fake_registry.ts";
import { readImage, seedImage, tarOf } from "../../image/fake_images.ts";
import { createFakeIo } from "../fake_io.ts";

const BASE = "registry.test/acme/base";
const APP = "registry.test/acme/app:1";

test("rebase prints what it made, plans with --dry-run, and wants a new base", async () => {
  const { store, fetch } = createFakeRegistry();
  await seedImage(store, "acme/base", "1");
  await seedImage(store, "acme/base", "2", { layerCount: 1 });
  const run = async (...args: string[]): Promise<[number, string, string]> => {
    const io = createFakeIo({ fetch, input: tarOf("app", "app") });
    return [await main(args, io), io.output(), io.errors()];
  };
  await run("append", `${BASE}:1`, APP);
  const epoch = ["--created", "0"];
  const [, dry, notes] = await run(
    "rebase",
    APP,
    APP,
    "--onto",
    `${BASE}:2`,
    "--dry-run",
    "--json",
    ...epoch,
  );
  assert.match(notes, /tag 1: would be written/);
  assert.equal(readImage(store, "acme/app", "1").layers.length, 3);
  const { digest } = JSON.parse(dry);
  const done = await run(
    "rebase",
    APP,
    APP,
    "--onto",
    `${BASE}:2`,
    "--from",
    `${BASE}:1`,
    ...epoch,
  );
  assert.deepEqual(done, [0, `${APP}@${digest}\n`, ""]);
  assert.equal(readImage(store, "acme/app", "1").layers.length, 2);
  const failed = await run("rebase", APP, APP, "--onto", `${BASE}:2`, "--from", `${BASE}:1`);
  assert.equal(failed[0], 1);
  assert.match(failed[2], /its first layers are not those of its old base/);
  const missing = await run("rebase", APP, APP);
  assert.equal(missing[0], 2);
  assert.match(missing[2], /Cannot rebase: --onto BASE is missing/);
  assert.equal((await run("rebase", "scratch", APP, "--onto", `${BASE}:2`))[0], 2);
});
