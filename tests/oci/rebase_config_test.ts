// deno-lint-ignore-file camelcase -- the names are those of the OCI image spec.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ContainerConfig, ImageConfig } from "../../lib/oci/config.ts";
import type { Digest } from "../../lib/oci/digest.ts";
import { isBasedOn, rebaseConfig } from "../../lib/oci/rebase_config.ts";

const diffId = (digit: string): Digest => `sha256:${digit.repeat(64)}`;
const CREATED = new Date("2026-01-02T03:04:05Z");

function image(layers: string, config: ContainerConfig, rest: object = {}): ImageConfig {
  return {
    os: "linux",
    config,
    rootfs: { type: "layers", "diff_ids": [...layers].map(diffId) },
    history: [...layers].map((layer) => ({ created_by: layer })),
    ...rest,
  };
}

type Case = readonly [
  name: string,
  old: ContainerConfig,
  own: ContainerConfig,
  onto: ContainerConfig,
  merged: ContainerConfig,
  conflicts?: readonly string[],
];

const CASES: readonly Case[] = [
  [
    "takes what the image left alone from the new base",
    { User: "a" },
    { User: "a" },
    { User: "b" },
    { User: "b" },
  ],
  ["keeps what the image set", { User: "a" }, { User: "x" }, { User: "a" }, { User: "x" }],
  ["keeps what both set alike", { User: "a" }, { User: "b" }, { User: "b" }, { User: "b" }],
  ["tells where all three differ", { User: "a" }, { User: "x" }, { User: "b" }, { User: "x" }, [
    "User",
  ]],
  ["keeps what the image took out", { User: "a" }, {}, { User: "a" }, {}],
  ["takes out what the new base has no more", { User: "a" }, { User: "a" }, {}, {}],
  [
    "merges variables by their names",
    { Env: ["PATH=/old", "V=1", "GONE=1"] },
    { Env: ["PATH=/old", "V=2", "OWN=1", "GONE=1"] },
    { Env: ["V=1", "PATH=/new", "NEW=1"] },
    { Env: ["V=2", "PATH=/new", "NEW=1", "OWN=1"] },
  ],
  [
    "tells which variable differs",
    { Env: ["V=1"] },
    { Env: ["V=2"] },
    { Env: ["V=3"] },
    { Env: ["V=2"] },
    ["Env.V"],
  ],
  [
    "merges labels, ports and volumes by their keys",
    { Labels: { a: "1", b: "1" }, ExposedPorts: { "80/tcp": {} }, Volumes: { "/a": {} } },
    { Labels: { a: "1", b: "2" }, ExposedPorts: { "80/tcp": {}, "81/tcp": {} } },
    { Labels: { a: "9", b: "1" }, ExposedPorts: { "90/tcp": {} }, Volumes: { "/a": {}, "/b": {} } },
    {
      Labels: { a: "9", b: "2" },
      ExposedPorts: { "90/tcp": {}, "81/tcp": {} },
      Volumes: { "/b": {} },
    },
  ],
  [
    "compares lists and objects by what is in them, and null as absent",
    { Cmd: ["sh"], Healthcheck: { Test: ["a"], Retries: 1 }, Shell: null },
    { Cmd: ["sh"], Healthcheck: { Retries: 1, Test: ["a"] } },
    { Cmd: ["sh", "-c"], Healthcheck: { Test: ["b"] } },
    { Cmd: ["sh", "-c"], Healthcheck: { Test: ["b"] } },
  ],
  ["merges nothing where there is nothing", { Env: null, Labels: null }, {}, {}, {}],
];

for (const [name, old, own, onto, merged, fields = []] of CASES) {
  test(`rebaseConfig() ${name}`, () => {
    const { config, conflicts } = rebaseConfig({
      image: image("abx", own),
      old: image("ab", old),
      onto: image("n", onto),
    }, CREATED);
    assert.deepEqual(config.config, merged);
    assert.deepEqual(conflicts.map(({ field }) => field), fields);
  });
}

test("rebaseConfig() has the layers and history of the new base, and then the image's own", () => {
  const step = { created_by: "ENV", empty_layer: true };
  const old = image("ab", {}, { history: [{ created_by: "a" }, step, { created_by: "b" }, step] });
  const own = image("abxy", {}, {
    history: [...old.history ?? [], { created_by: "x" }, step, { created_by: "y" }],
    author: "me",
  });
  const onto = image("n", {}, { os: "freebsd", author: "them", extra: 1 });
  const { config } = rebaseConfig({ image: own, old, onto }, CREATED);
  assert.deepEqual(config.rootfs.diff_ids, [..."nxy"].map(diffId));
  assert.deepEqual(config.history?.map((entry) => entry.created_by), ["n", "x", "ENV", "y"]);
  assert.equal(config.created, "2026-01-02T03:04:05.000Z");
  assert.deepEqual([config.os, config.author, config["extra"]], ["freebsd", "me", 1]);
});

test("rebaseConfig() finds its own history where the old base's was written otherwise", () => {
  const own = image("abx", {}, { history: [..."abx"].map((layer) => ({ comment: layer })) });
  const sides = { image: own, old: image("ab", {}), onto: image("n", {}) };
  assert.deepEqual(rebaseConfig(sides, CREATED).config.history, [{ created_by: "n" }, {
    comment: "x",
  }]);
});

test("rebaseConfig() has no history where one of the three does not match", () => {
  const sides = {
    image: image("abx", {}),
    old: image("ab", {}),
    onto: image("n", {}, { history: [] }),
  };
  assert.equal("history" in rebaseConfig(sides, CREATED).config, false);
});

test("rebaseConfig() takes images without settings, layers or history", () => {
  const bare = (layers: string): ImageConfig =>
    image(layers, {}, { config: null, ...(layers === "" ? { history: null } : {}) });
  const none = rebaseConfig({ image: bare(""), old: bare(""), onto: bare("") }, CREATED).config;
  assert.deepEqual([none.config, none.rootfs.diff_ids, none.history], [{}, [], []]);
  const onto = image("n", {}, { author: "them" });
  const same = rebaseConfig({ image: bare("ab"), old: bare("ab"), onto }, CREATED).config;
  assert.deepEqual(same.history, [{ created_by: "n" }]);
  assert.equal(same.author, "them");
  const own = image("ab", {}, { history: [..."ab"].map((layer) => ({ comment: layer })) });
  const nothing = rebaseConfig({ image: own, old: bare("ab"), onto }, CREATED).config;
  assert.deepEqual(nothing.history, [{ created_by: "n" }]);
});

test("isBasedOn() compares the first layers", () => {
  assert.ok(isBasedOn(image("abx", {}), image("ab", {})));
  assert.ok(isBasedOn(image("abx", {}), image("", {})));
  assert.ok(!isBasedOn(image("abx", {}), image("ax", {})));
  assert.ok(!isBasedOn(image("a", {}), image("ab", {})));
});
