import assert from "node:assert/strict";
import { test } from "node:test";
import { formatInspection } from "../../../lib/cli/commands/inspect_command.ts";
import type { InspectedImage, Inspection } from "../../../lib/image/verbs/inspect.ts";
import { main } from "../../../lib/cli/program.ts";
import { createFakeRegistry } from "../../fake_registry/fake_registry.ts";
import { seedIndex, tarOf } from "../../image/fake_images.ts";
import { createFakeIo } from "../fake_io.ts";

test("inspect shows numbers as they are, in JSON and in text", async () => {
  const { store, fetch } = createFakeRegistry();
  const numbers = '{"big":12345678901234567890,"float":1.0}';
  const config = new TextEncoder().encode(
    `{"created":1.0,"config":{"Labels":${numbers}},"rootfs":{"diff_ids":[]}}`,
  );
  await store.seedManifest("acme/app", "1", {
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    config: {
      mediaType: "application/vnd.oci.image.config.v1+json",
      digest: await store.seedBlob("acme/app", config),
      size: config.length,
    },
    layers: [],
  } as { mediaType: string });
  const inspect = async (...args: string[]): Promise<string> => {
    const io = createFakeIo({ fetch });
    assert.equal(await main(["inspect", "registry.test/acme/app:1", ...args], io), 0, io.errors());
    return io.output();
  };
  const json = await inspect("--json");
  assert.ok(json.includes(`"Labels":${numbers}`), json);
  assert.ok(json.endsWith("}\n"));
  assert.equal(JSON.parse(json).images[0].config.created, 1);
  assert.match(await inspect(), /label +big=12345678901234567000\n +float=1\n/);
});

test("formatInspection() shows what a config of odd types has, as far as it goes", () => {
  const digest = `sha256:${"0".repeat(64)}` as const;
  const common = { digest, mediaType: "x", size: 1 };
  const layer = { ...common, createdBy: 1 as unknown as string };
  const config = {
    author: 2,
    rootfs: { diff_ids: [] },
    config: { Entrypoint: "/bin/sh", Healthcheck: null },
  };
  const image = {
    ...common,
    layersSize: 1,
    layers: [layer],
    manifest: { annotations: "none" },
    config,
  } as unknown as InspectedImage;
  const text = formatInspection({ ...common, name: "r.io/a:1", images: [image] });
  assert.match(text, /sha256:000000000000 +1 B\n$/);
});

test("formatInspection() shows all that can be set", () => {
  const digest = `sha256:${"0".repeat(64)}` as const;
  const common = { digest, mediaType: "x", size: 1 };
  const annotations = { "org.a": "b", c: "" };
  const config = {
    config: {
      User: "1",
      StopSignal: "SIGINT",
      Healthcheck: { Test: ["CMD-SHELL", "true"], Interval: 2_000_000_000 },
      Shell: ["/bin/sh", "-c"],
    },
  };
  const image = { ...common, layersSize: 1, layers: [], manifest: { annotations }, config };
  const index = { annotations: { d: "e" }, manifests: [] };
  const inspection = { ...common, name: "r.io/a:1", index, images: [image] };
  const text = formatInspection(inspection as unknown as Inspection);
  assert.deepEqual(text.split("\n").slice(1), [
    "  type        x",
    "  annotation  d=e",
    "",
    "unknown platform",
    "  size        1 B in 0 layers",
    "  user        1",
    "  stop-signal SIGINT",
    '  healthcheck {"Test":["CMD-SHELL","true"],"Interval":2000000000}',
    '  shell       ["/bin/sh","-c"]',
    "  annotation  org.a=b",
    "              c=",
    "  layers",
    "",
  ]);
});

test("formatInspection() begins with a name that can be used again", () => {
  const digest = `sha256:${"0".repeat(64)}` as const;
  for (const name of ["r.io/a:1", `r.io/a@${digest}`]) {
    const [first] = formatInspection({ name, digest, mediaType: "x", size: 0, images: [] }).split(
      "\n",
    );
    assert.equal(first, name.includes("@") ? name : `${name}@${digest}`);
  }
});

test("inspect --diff prints what differs, as text and as JSON", async () => {
  const { store, fetch } = createFakeRegistry();
  const A = "registry.test/acme/app:1";
  await seedIndex(store, "acme/app", "1", [
    { os: "linux", architecture: "amd64" },
    { os: "linux", architecture: "arm64" },
  ]);
  const run = async (...args: string[]): Promise<[number, string, string]> => {
    const io = createFakeIo({ fetch, input: tarOf("app", "x") });
    return [await main(args, io), io.output(), io.errors()];
  };
  const B = "registry.test/acme/app:2";
  const settings = ["--cmd", "/app", "--env", "A=1", "--user", "5", "--created", "0"];
  await run("append", A, B, ...settings, "--platform", "linux/amd64", "--no-base-annotations");
  const [code, text, errors] = await run("inspect", A, "--diff", B);
  assert.deepEqual([code, errors], [0, ""]);
  const lines = text.replace(/sha256:[0-9a-f]+/g, "sha256:…").replace(/ +\d+ B/g, " SIZE")
    .split("\n");
  assert.deepEqual(lines, [
    `- ${A}@sha256:…`,
    `+ ${B}@sha256:…`,
    "",
    "platforms",
    "  - linux/arm64",
    "",
    "index",
    "  - mediaType: application/vnd.oci.image.index.v1+json",
    "  + mediaType: application/vnd.oci.image.manifest.v1+json",
    "  - annotations.kept: yes",
    "",
    "linux/amd64",
    "  - created: 2020-01-01T00:00:00Z",
    "  + created: 1970-01-01T00:00:00.000Z",
    "  + Env.A: 1",
    '  - Cmd: ["sh"]',
    '  + Cmd: ["/app"]',
    "  + User: 5",
    "    2 layers are the same",
    "  + layer sha256:… SIZE  ADD - /",
    "",
  ]);
  const [, json] = await run("inspect", A, "--diff", B, "--json");
  const { images, removedPlatforms } = JSON.parse(json);
  assert.deepEqual([images.length, removedPlatforms], [1, ["linux/arm64"]]);
  assert.match((await run("inspect", A, "--diff", A))[1], /\n\nthe same image\n$/);
  assert.equal((await run("inspect", A, "--diff", "scratch"))[0], 2);
});
