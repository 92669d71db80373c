import assert from "node:assert/strict";
import { test } from "node:test";
import { appendLayer } from "../../../lib/image/verbs/append.ts";
import type { AppendOptions } from "../../../lib/image/verbs/append.ts";
import { editImage } from "../../../lib/image/verbs/edit.ts";
import { createFakeRegistry, type FakeRegistry } from "../../fake_registry/fake_registry.ts";
import { type Json, readDocument, readImage, seedImage, seedIndex, tarOf } from "../fake_images.ts";

const BASE = "registry.test/acme/base:1";
const APP = "registry.test/acme/app:prod";
const NAME = "org.opencontainers.image.base.name";
const DIGEST = "org.opencontainers.image.base.digest";
const PLATFORMS = [
  { os: "linux", architecture: "amd64" },
  { os: "linux", architecture: "arm64" },
];

function options(
  { fetch }: Pick<FakeRegistry, "fetch">,
  content: string,
  more: Partial<AppendOptions> = {},
): AppendOptions {
  const layers = [{ name: "x", input: tarOf("app", content), history: "ADD app /" }];
  return { fetch, host: {}, layers, replace: "app", ...more };
}

for (const family of ["oci", "docker"] as const) {
  test(`appendLayer() replaces the layers of a name in their place, in ${family}'s family`, async () => {
    const registry = createFakeRegistry();
    const { store } = registry;
    const { digest } = await seedImage(store, "acme/base", "1", { family });
    await appendLayer(BASE, APP, options(registry, "1"));
    await appendLayer(APP, APP, options(registry, "other", { replace: "other" }));
    const before = readImage(store, "acme/app", "prod");
    for (const content of ["2", "3"]) await appendLayer(APP, APP, options(registry, content));
    const { manifest, config, layers } = readImage(store, "acme/app", "prod");
    assert.equal(layers.length, 4);
    assert.deepEqual(layers[2], tarOf("app", "3"));
    assert.deepEqual(layers[3], before.layers[3]);
    assert.deepEqual(
      config.history.map((entry: Json) => entry.created_by),
      ["step 0", "step 1", "CMD", "ADD app /", "ADD app /"],
    );
    const names = JSON.parse(config.config.Labels["io.appendlayer.layers"]);
    const [, , app, other] = config.rootfs.diff_ids;
    assert.deepEqual(names, { app: [app], other: [other] });
    // The base is still the first one.
    const named = family === "oci" ? manifest.annotations : config.config.Labels;
    assert.deepEqual([named[NAME], named[DIGEST]], [BASE, digest]);
  });
}

test("appendLayer() writes nothing where the layers of a name are the same", async () => {
  for (const seed of [seedImage, seedIndex]) {
    const registry = createFakeRegistry();
    const { store, requests } = registry;
    if (seed === seedImage) await seedImage(store, "acme/base", "1");
    else await seedIndex(store, "acme/base", "1", PLATFORMS);
    const made = await appendLayer(BASE, APP, options(registry, "1"));
    requests.length = 0;
    const again = await appendLayer(APP, APP, options(registry, "1"));
    assert.equal(again.digest, made.digest);
    assert.equal(again.unchanged, true);
    assert.deepEqual(again.platforms, made.platforms);
    assert.ok(!requests.some(({ method }) => method === "PUT"));
    const tagged = await appendLayer(APP, "registry.test/acme/app:2", options(registry, "1"));
    assert.equal(store.repository("acme/app").tags.get("2"), tagged.digest);
    const other = await appendLayer(APP, "registry.test/acme/other:2", options(registry, "1"));
    assert.equal(other.digest, made.digest);
    assert.equal(store.repository("acme/other").tags.get("2"), made.digest);
    for (const { digest } of other.platforms) readImage(store, "acme/other", digest);
    const labelled = options(registry, "1", { labels: { a: "b" } });
    assert.equal((await appendLayer(APP, APP, labelled)).unchanged, undefined);
  }
});

test("appendLayer() puts layers on top whose predecessors are gone, and says so", async () => {
  const registry = createFakeRegistry();
  const { store } = registry;
  const label = JSON.stringify({ app: [`sha256:${"0".repeat(64)}`] });
  const config = { config: { Labels: { "io.appendlayer.layers": label } } };
  await seedImage(store, "acme/base", "1", { config });
  const result = await appendLayer(BASE, APP, options(registry, "1"));
  assert.deepEqual(result.warningDetails.map(({ code }) => code), ["nothing-replaced"]);
  assert.equal(readImage(store, "acme/app", "prod").layers.length, 3);
});

test("appendLayer() takes the pair out where a layer of the base that it names was replaced", async () => {
  const registry = createFakeRegistry();
  const { store } = registry;
  await seedImage(store, "acme/base", "1");
  await appendLayer(BASE, APP, options(registry, "1"));
  const next = "registry.test/acme/app:next";
  await appendLayer(APP, next, options(registry, "top", { replace: undefined }));
  assert.equal(readDocument(store, "acme/app", "next").annotations[NAME], APP);
  await appendLayer(next, next, options(registry, "2"));
  assert.equal(readDocument(store, "acme/app", "next").annotations, undefined);
});

test("appendLayer() warns where a layer is replaced and the base that is named cannot be read any more", async () => {
  const registry = createFakeRegistry();
  const { store } = registry;
  await seedImage(store, "acme/base", "1");
  await appendLayer(BASE, APP, options(registry, "1"));
  const { manifests, tags } = store.repository("acme/base");
  manifests.clear();
  tags.clear();
  const before = store.repository("acme/app").tags.get("prod");
  await assert.rejects(appendLayer(APP, APP, options(registry, "2", { strict: true })), {
    name: "WarningError",
  });
  assert.equal(store.repository("acme/app").tags.get("prod"), before);
  const more = { strict: true, allow: ["base-unread"] } as const;
  const { warningDetails } = await appendLayer(APP, APP, options(registry, "2", more));
  assert.deepEqual(warningDetails.map(({ code }) => code), ["base-unread"]);
  assert.match(warningDetails[0]?.message ?? "", /^the base "registry\.test\/acme\/base:1" /);
  assert.equal(readDocument(store, "acme/app", "prod").annotations, undefined);
});

test("the base is named by what its reference stands for, unless it is the target's own tag", async () => {
  const registry = createFakeRegistry();
  const { store, fetch } = registry;
  const { digest } = await seedIndex(store, "acme/base", "1", PLATFORMS);
  const append = (base: string, more: Partial<AppendOptions> = {}): Promise<unknown> =>
    appendLayer(base, APP, options(registry, "1", { replace: undefined, ...more }));
  const pair = (): unknown[] => {
    const { annotations, manifests } = readDocument(store, "acme/app", "prod");
    const image = manifests && readDocument(store, "acme/app", manifests[0].digest);
    const all = [annotations, ...(image ? [image.annotations] : [])];
    return [...new Set(all.map((each) => `${each?.[NAME]} ${each?.[DIGEST]}`))];
  };
  await append(BASE);
  assert.deepEqual(pair(), [`${BASE} ${digest}`]);
  await append(`${BASE}@${digest}`, { platforms: ["linux/arm64"] });
  assert.deepEqual(pair(), [`${BASE} ${digest}`]);
  await append(APP);
  assert.deepEqual(pair(), [`${BASE} ${digest}`]);
  const byDigest = `registry.test/acme/base@${digest}`;
  await append(byDigest);
  assert.deepEqual(pair(), [`${byDigest} ${digest}`]);
  await append(BASE, { baseAnnotations: false });
  assert.deepEqual(pair(), ["undefined undefined"]);
  await append(BASE, { annotations: { [NAME]: "mine" } });
  assert.deepEqual(pair(), [`mine ${digest}`]);
  await append("scratch");
  assert.deepEqual(pair(), ["undefined undefined"]);
  await editImage(BASE, APP, { fetch, host: {}, cmd: ["x"] });
  assert.deepEqual(pair(), [`${BASE} ${digest}`]);
});

test("the history says what was done, an edit's too", async () => {
  const registry = createFakeRegistry();
  const { store, fetch } = registry;
  await seedImage(store, "acme/base", "1");
  const steps = async (): Promise<unknown> =>
    (await readImage(store, "acme/app", "prod")).config.history.slice(3).map((entry: Json) => [
      entry.created_by,
      entry.comment,
      entry.empty_layer,
    ]);
  const env = { MODE: "production" };
  await appendLayer(BASE, APP, options(registry, "1", { env, comment: "why" }));
  assert.deepEqual(await steps(), [
    ["ADD app /", "why", undefined],
    ["ENV MODE=production", "why", true],
  ]);
  await editImage(APP, APP, { fetch, host: {}, env });
  assert.equal((await steps() as unknown[]).length, 2, "nothing was changed");
  await editImage(BASE, APP, { fetch, host: {}, env, cmd: ["x"], createdBy: "tuned" });
  assert.deepEqual(await steps(), [["tuned", undefined, true]]);
  await appendLayer(BASE, APP, options(registry, "1", { env, createdBy: "released" }));
  assert.deepEqual(await steps(), [["released", undefined, undefined]]);
});
