import assert from "node:assert/strict";
import { test } from "node:test";
import { appendLayer } from "../../../lib/image/verbs/append.ts";
import { rebaseImage, type RebaseOptions } from "../../../lib/image/verbs/rebase.ts";
import { createFakeRegistry } from "../../fake_registry/fake_registry.ts";
import {
  type Json,
  readDocument,
  readImage,
  seedImage,
  seedIndex,
  seedIndexOf,
  tarOf,
} from "../fake_images.ts";

const OLD = "registry.test/acme/base:1";
const NEW = "registry.test/acme/base:2";
const APP = "registry.test/acme/app:1";
const PLATFORMS = [
  { os: "linux", architecture: "amd64" },
  { os: "linux", architecture: "arm64" },
];
const NAME = "org.opencontainers.image.base.name";
const DIGEST = "org.opencontainers.image.base.digest";

/** A registry with two bases. */
async function withBases(family: "oci" | "docker" = "oci"): Promise<{
  registry: ReturnType<typeof createFakeRegistry>;
  rebase: (options?: Partial<RebaseOptions>) => Promise<Json>;
}> {
  const registry = createFakeRegistry();
  const { store, fetch } = registry;
  const base = (tag: string): Promise<unknown> =>
    seedImage(store, "acme/base", tag, {
      family,
      tars: [tarOf("os", tag), tarOf("lib", tag)],
      config: { config: { Env: ["PATH=/bin", `VERSION=${tag}`], Cmd: ["sh"], User: `u${tag}` } },
    });
  await base("1");
  await base("2");
  const layers = [tarOf("app", "app")];
  const host = {};
  await appendLayer(OLD, APP, { fetch, host, layers, env: { MODE: "x" }, cmd: ["serve"] });
  return {
    registry,
    rebase: (options) => rebaseImage(APP, APP, { fetch, host, onto: NEW, ...options }),
  };
}

for (const family of ["oci", "docker"] as const) {
  test(`rebaseImage() puts the image's own layers and settings onto another base of ${family}'s family`, async () => {
    const { registry: { store, requests, fetch }, rebase } = await withBases(family);
    const before = readImage(store, "acme/app", "1");
    const lower = readImage(store, "acme/base", "2");
    requests.length = 0;
    const result = await rebase();
    assert.deepEqual(result.warnings, []);
    const after = readImage(store, "acme/app", "1");
    assert.equal(after.mediaType, before.mediaType);
    assert.deepEqual(after.layers, [...lower.layers, before.layers[2]]);
    const { Labels, ...config } = after.config.config;
    assert.deepEqual(config, {
      Env: ["PATH=/bin", "VERSION=2", "MODE=x"],
      Cmd: ["serve"],
      User: "u2",
    });
    assert.deepEqual(
      after.config.history.map((entry: Json) => entry.created_by),
      ["step 0", "step 1", "CMD", "appendlayer", "ENV MODE=x", 'CMD ["serve"]'],
    );
    const named = family === "oci" ? after.manifest.annotations : Labels;
    const digest = store.repository("acme/base").tags.get("2");
    assert.deepEqual([named[NAME], named[DIGEST]], [NEW, digest]);
    const layerDigests = [...before.manifest.layers, ...lower.manifest.layers].map(
      ({ digest }: Json) => digest,
    );
    const read = requests.filter(({ method, path }) =>
      method === "GET" && layerDigests.some((digest) => path.includes(digest))
    );
    assert.deepEqual(read, []);
    // As a fresh build on the new base.
    const fresh = "registry.test/acme/fresh:1";
    const layers = [tarOf("app", "app")];
    await appendLayer(NEW, fresh, { fetch, host: {}, layers, env: { MODE: "x" }, cmd: ["serve"] });
    const { manifest, config: built } = readImage(store, "acme/fresh", "1");
    assert.deepEqual(after.manifest.layers, manifest.layers);
    assert.deepEqual(after.config.config, built.config);
  });
}

test("rebaseImage() rebases every image of an index, and tells which base lacks a platform", async () => {
  const { store, fetch } = createFakeRegistry();
  const options = { fetch, host: {} };
  await seedIndex(store, "acme/base", "1", PLATFORMS);
  const images = await Promise.all(
    PLATFORMS.map((platform) =>
      seedImage(store, "acme/app", undefined, { platform, layerCount: 1 })
    ),
  );
  await seedIndexOf(store, "new", images);
  await appendLayer(OLD, APP, { ...options, layers: [tarOf("app", "app")] });
  const onto = "registry.test/acme/app:new";
  const result = await rebaseImage(APP, "registry.test/acme/app:2", {
    ...options,
    onto,
    tags: ["3"],
  });
  assert.deepEqual(result.platforms.map(({ platform }) => platform), [
    "linux/amd64",
    "linux/arm64",
  ]);
  const index = readDocument(store, "acme/app", "3");
  for (const [at, { digest, platform }] of index.manifests.entries()) {
    const { layers, config } = readImage(store, "acme/app", digest);
    assert.equal(config.architecture, platform.architecture);
    assert.deepEqual(layers[0], tarOf("base-0", `linux/${PLATFORMS[at]?.architecture}`));
    assert.deepEqual(layers.slice(1), [tarOf("app", "app")]);
  }
  assert.equal(index.annotations[NAME], onto);
  await seedIndexOf(store, "half", images.slice(0, 1));
  const half = "registry.test/acme/app:half";
  await assert.rejects(rebaseImage(APP, APP, { ...options, onto: half }), {
    name: "RangeError",
    message: /"registry.test\/acme\/app:half" has no image for "linux\/arm64"$/,
  });
  const one = await rebaseImage(APP, APP, { ...options, onto: half, platforms: ["linux/amd64"] });
  assert.equal(one.mediaType, "application/vnd.oci.image.manifest.v1+json");
});

test("rebaseImage() goes from and onto scratch, and across registries", async () => {
  const { registry: { store }, rebase } = await withBases();
  await rebase({ onto: "scratch", baseAnnotations: true });
  const bare = readImage(store, "acme/app", "1");
  assert.deepEqual(bare.layers, [tarOf("app", "app")]);
  assert.deepEqual(bare.config.config, { Env: ["MODE=x"], Cmd: ["serve"] });
  assert.equal(bare.manifest.annotations, undefined);
  await assert.rejects(rebase(), { name: "SyntaxError", message: /does not name its base; name/ });
  await rebase({ from: "scratch" });
  assert.equal(readImage(store, "acme/app", "1").layers.length, 3);
});

test("rebaseImage() refuses an old base whose layers are not the first", async () => {
  const { registry: { requests }, rebase } = await withBases();
  requests.length = 0;
  await assert.rejects(rebase({ from: NEW }), {
    name: "RangeError",
    message: /its first layers are not those of its old base "registry.test\/acme\/base:2"$/,
  });
  assert.ok(!requests.some(({ method }) => method === "PUT"));
});

test("rebaseImage() warns where image and bases differ, writes nothing in a dry run, and keeps annotations", async () => {
  const { registry: { store, fetch, requests }, rebase } = await withBases();
  const layers = [tarOf("app", "app")];
  const annotations = { own: "1" };
  await appendLayer(OLD, APP, { fetch, host: {}, layers, env: { VERSION: "x" }, annotations });
  requests.length = 0;
  const dry = await rebase({ dryRun: true, created: new Date(0) });
  assert.ok(!requests.some(({ method }) => method === "PUT" || method === "POST"));
  assert.deepEqual(dry.warningDetails.map(({ code }: Json) => code), ["settings-differ"]);
  assert.match(dry.warnings[0], /^Env.VERSION is set in three ways/);
  const made = await rebase({
    created: new Date(0),
    author: "me",
    annotations: { own: null, x: "y" },
  });
  assert.equal(made.tags[0], "1");
  const { manifest, config } = readImage(store, "acme/app", "1");
  assert.deepEqual([config.author, config.created], ["me", "1970-01-01T00:00:00.000Z"]);
  assert.deepEqual([manifest.annotations.own, manifest.annotations.x], [undefined, "y"]);
  await assert.rejects(
    rebaseImage(APP, APP, { fetch, host: {} } as unknown as RebaseOptions),
    TypeError,
  );
});
