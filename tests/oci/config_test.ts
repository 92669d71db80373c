// deno-lint-ignore-file camelcase -- the names are those of the OCI image spec.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  appendToConfig,
  configPlatform,
  emptyConfig,
  hasMatchingHistory,
  type ImageConfig,
  parseConfig,
} from "../../lib/oci/config.ts";
import { parsePlatform } from "../../lib/oci/platform.ts";
import { fakeDigest } from "./documents.ts";

const CREATED = new Date("2026-11-21T12:00:00Z");

function configOf(body: unknown): ImageConfig {
  return parseConfig(new TextEncoder().encode(JSON.stringify(body)));
}

/** As Docker's classic builder writes it, legacy fields and all. */
const DOCKER_CONFIG = {
  architecture: "amd64",
  config: { Hostname: "", Env: ["PATH=/bin"], Cmd: ["sh"], OnBuild: null, Labels: null },
  container: "0123",
  container_config: { Cmd: ["/bin/sh", "-c", "#(nop) "], Image: "sha256:x" },
  created: "2020-01-01T00:00:00.123456789Z",
  docker_version: "20.10.1",
  history: [
    { created: "2020-01-01T00:00:00Z", created_by: "ADD file" },
    { created: "2020-01-01T00:00:00Z", created_by: "CMD", empty_layer: true },
  ],
  os: "linux",
  rootfs: { type: "layers", diff_ids: [fakeDigest("1")], extra: 1 },
  "x-unknown": { a: [1] },
};

test("appendToConfig() lists the layer, adds one history entry and dates the image", () => {
  const config = configOf(DOCKER_CONFIG);
  const changed = appendToConfig(config, {
    layers: [{ diffId: fakeDigest("2"), createdBy: "appendlayer", comment: "dags" }],
    created: CREATED,
    author: "me",
  });
  assert.deepEqual(changed, {
    ...DOCKER_CONFIG,
    created: "2026-11-21T12:00:00.000Z",
    author: "me",
    rootfs: { type: "layers", diff_ids: [fakeDigest("1"), fakeDigest("2")], extra: 1 },
    history: [...DOCKER_CONFIG.history, {
      created: "2026-11-21T12:00:00.000Z",
      created_by: "appendlayer",
      author: "me",
      comment: "dags",
    }],
  });
});

test("appendToConfig() keeps the order of keys and leaves Docker's legacy fields alone", () => {
  const changed = appendToConfig(configOf(DOCKER_CONFIG), {
    layers: [{ diffId: fakeDigest("2") }],
    created: CREATED,
  });
  assert.deepEqual(Object.keys(changed), Object.keys(DOCKER_CONFIG));
  assert.deepEqual(changed["container_config"], DOCKER_CONFIG.container_config);
  assert.equal(changed["docker_version"], "20.10.1");
});

test("appendToConfig() adds one entry for each of several layers", () => {
  const changed = appendToConfig(configOf(DOCKER_CONFIG), {
    layers: [{ diffId: fakeDigest("2"), author: "you" }, { diffId: fakeDigest("3") }],
    created: CREATED,
    author: "me",
  });
  assert.equal(changed.rootfs.diff_ids.length, 3);
  assert.deepEqual(changed.history?.slice(2).map((entry) => entry.author), ["you", "me"]);
  assert(hasMatchingHistory(changed));
});

test("appendToConfig() adds no history where the base's is missing, null or off", () => {
  const { history: _, ...without } = DOCKER_CONFIG;
  const change = { layers: [{ diffId: fakeDigest("2") }], created: CREATED };
  assert(!("history" in appendToConfig(configOf(without), change)));
  assert.equal(appendToConfig(configOf({ ...without, history: null }), change).history, null);
  const off = [{ created_by: "one" }, { created_by: "two" }];
  assert.deepEqual(appendToConfig(configOf({ ...without, history: off }), change).history, off);
});

test("appendToConfig() begins a history where the base has no layers", () => {
  const change = { layers: [{ diffId: fakeDigest("2") }], created: CREATED };
  for (
    const base of [
      emptyConfig(parsePlatform("linux/amd64")),
      configOf({ rootfs: { type: "layers" } }),
      configOf({ rootfs: { type: "layers", diff_ids: null }, history: null }),
      configOf({ rootfs: { diff_ids: [] }, history: [{ empty_layer: true }] }),
    ]
  ) {
    const changed = appendToConfig(base, change);
    assert.equal(changed.history?.length, 1 + (base.history?.length ?? 0));
    assert(hasMatchingHistory(changed));
  }
});

test("emptyConfig() carries the platform, which configPlatform() reads", () => {
  for (const text of ["linux/amd64", "linux/arm/v7", "windows(10.0.17763)/amd64"]) {
    const platform = parsePlatform(text);
    assert.deepEqual(configPlatform(emptyConfig(platform)), platform);
  }
  assert.equal(configPlatform(configOf({ rootfs: {}, os: "linux" })), undefined);
  assert.equal(configPlatform(configOf({ rootfs: {}, os: "", architecture: "" })), undefined);
});

test("parseConfig() takes null for nothing, a command as text, and whatever it does not read", () => {
  const config = {
    Env: null,
    Labels: null,
    ExposedPorts: null,
    Volumes: null,
    // Docker reads a text as a list of one.
    Entrypoint: "/bin/sh",
    OnBuild: "x",
  };
  assert.deepEqual(configOf({ rootfs: {}, config }).config, config);
});

const INVALID: readonly (readonly [name: string, body: unknown, reason: RegExp])[] = [
  ["no rootfs", {}, /it has no rootfs/],
  ["a rootfs that is text", { rootfs: "x" }, /it has no rootfs/],
  ["diff_ids that are text", { rootfs: { diff_ids: "x" } }, /diff_ids are not a list of digests/],
  ["a diff_id that is no digest", { rootfs: { diff_ids: ["x"] } }, /not a list of digests/],
  ["a history that is text", { rootfs: {}, history: "x" }, /history is not a list/],
  ["a history of texts", { rootfs: {}, history: ["x"] }, /history is not a list/],
  ["a config that is a list", { rootfs: {}, config: [] }, /its config is not an object/],
  [
    "an Env that is text",
    { rootfs: {}, config: { Env: "X" } },
    /config\.Env is not a list of texts/,
  ],
  ["an Env of numbers", { rootfs: {}, config: { Env: [1] } }, /config\.Env is not a list of texts/],
  [
    "labels in a list",
    { rootfs: {}, config: { Labels: ["x"] } },
    /config\.Labels is not an object/,
  ],
  ["a port", { rootfs: {}, config: { ExposedPorts: 80 } }, /config\.ExposedPorts is not an object/],
  ["a volume", { rootfs: {}, config: { Volumes: "/v" } }, /config\.Volumes is not an object/],
  ["a list", [], /expected a JSON object/],
];

for (const [name, body, reason] of INVALID) {
  test(`parseConfig() rejects ${name}`, () => {
    assert.throws(() => configOf(body), (error) => {
      assert(error instanceof SyntaxError);
      assert.match(error.message, reason);
      return true;
    });
  });
}
