import assert from "node:assert/strict";
import { test } from "node:test";
import { main } from "../../../lib/cli/program.ts";
import { createFakeRegistry, type FakeRegistry } from "../../fake_registry/fake_registry.ts";
import { seedImage } from "../../image/fake_images.ts";
import { createFakeIo } from "../fake_io.ts";

const APP = "registry.test/acme/app";
const ARM64 = { os: "linux", architecture: "arm64" };

async function run(
  { fetch }: FakeRegistry,
  ...args: readonly string[]
): Promise<{ code: number; output: string; errors: string; written: Map<string, string> }> {
  const io = createFakeIo({ fetch });
  const code = await main(args, io);
  return { code, output: io.output(), errors: io.errors(), written: io.written };
}

test("index prints what it made, plans with --dry-run, and wants a target and an image", async () => {
  const registry = createFakeRegistry();
  await seedImage(registry.store, "acme/app", "amd64");
  await seedImage(registry.store, "acme/app", "arm64", { platform: ARM64 });
  const args = ["index", `${APP}:7`, `${APP}:amd64`, `${APP}:arm64`];
  const dry = await run(registry, ...args, "--dry-run", "--json");
  const { digest, platforms, dryRun } = JSON.parse(dry.output);
  assert.deepEqual([platforms.length, dryRun], [2, true]);
  assert.match(dry.errors, /tag 7: would be written/);
  assert.ok(!registry.store.repository("acme/app").tags.has("7"));
  const made = await run(registry, ...args, "--tag", "latest", "--digest-file", "d");
  assert.deepEqual([made.code, made.output, made.errors], [0, `${APP}:7@${digest}\n`, ""]);
  assert.equal(made.written.get("d"), `${digest}\n`);
  assert.equal(registry.store.repository("acme/app").tags.get("latest"), digest);
  const twice = await run(registry, "index", `${APP}:8`, `${APP}:amd64`, `${APP}:none`);
  assert.deepEqual([twice.code, twice.output], [1, ""]);
  assert.equal((await run(registry, "index", `${APP}:8`)).code, 2);
});

test("copy --all-tags prints a line for each tag, or an array, and takes no tag", async () => {
  const registry = createFakeRegistry();
  const tags = ["1", "2"];
  const digests: string[] = [];
  for (const tag of tags) {
    const layerCount = Number(tag);
    digests.push((await seedImage(registry.store, "acme/app", tag, { layerCount })).digest);
  }
  const to = "registry.test/acme/other";
  const done = await run(registry, "copy", APP, to, "--all-tags", "--digest-file", "d");
  assert.equal(done.output, tags.map((tag, at) => `${to}:${tag}@${digests[at]}\n`).join(""));
  assert.equal(done.written.get("d"), digests.map((digest) => `${digest}\n`).join(""));
  const json = await run(
    registry,
    "copy",
    APP,
    to,
    "--all-tags",
    "--json",
    "--dry-run",
    "--no-clobber",
  );
  assert.equal(JSON.parse(json.output).length, 2);
  for (
    const wrong of [[`${APP}:1`, to], [APP, `${to}:1`], ["oci:x:1", to], [APP, to, "--tag", "x"]]
  ) {
    const { code, errors } = await run(registry, "copy", ...wrong, "--all-tags");
    assert.equal(code, 2, errors);
  }
  // An archive without a name is all that is in it; here it is not found, after its name was taken.
  const archive = await run(registry, "copy", "oci-archive:none", to, "--all-tags");
  assert.deepEqual([archive.code, /it names one/.test(archive.errors)], [1, false]);
  assert.equal((await run(registry, "copy", "oci-archive:a:1", to, "--all-tags")).code, 2);
  await seedImage(registry.store, "acme/other", "3");
  const taken = await run(registry, "copy", `${APP}:1`, `${to}:2`, "--no-clobber");
  assert.equal(taken.code, 1);
  assert.match(taken.errors, /Cannot copy to the tag "2"/);
});
