import assert from "node:assert/strict";
import { test } from "node:test";
import { compareConfigs } from "../../lib/oci/compare_configs.ts";
import type { ImageConfig } from "../../lib/oci/config.ts";

const ROOTFS = { ["diff_ids"]: [] };

test("compareConfigs() names settings that differ, of maps and variables the members", () => {
  const from = {
    created: "2020-01-01T00:00:00Z",
    os: "linux",
    author: null as unknown as string,
    config: {
      Env: ["PATH=/bin", "A=1", "EMPTY=", "GONE=x"],
      Cmd: ["sh"],
      Labels: { a: "1", same: "x" },
      Volumes: null,
      User: "0",
      Healthcheck: { Test: ["CMD", "x"], Retries: 3 },
    },
    rootfs: ROOTFS,
    history: [{ ["created_by"]: "x" }],
  };
  const to: ImageConfig = {
    created: "2021-01-01T00:00:00Z",
    os: "linux",
    config: {
      Cmd: ["sh", "-c"],
      Env: ["A=1=2", "PATH=/bin", "EMPTY="],
      ExposedPorts: { "80/tcp": {} },
      Labels: { same: "x", b: "2" },
      Healthcheck: { Retries: 3, Test: ["CMD", "x"] },
    },
    rootfs: { ["diff_ids"]: [`sha256:${"0".repeat(64)}`] },
  };
  assert.deepEqual(compareConfigs(from, to), [
    { field: "created", from: "2020-01-01T00:00:00Z", to: "2021-01-01T00:00:00Z" },
    { field: "Env.A", from: "1", to: "1=2" },
    { field: "Env.GONE", from: "x" },
    { field: "Cmd", from: ["sh"], to: ["sh", "-c"] },
    { field: "Labels.a", from: "1" },
    { field: "Labels.b", to: "2" },
    { field: "User", from: "0" },
    { field: "ExposedPorts.80/tcp", to: {} },
  ]);
  assert.deepEqual(compareConfigs(to, to), []);
});

test("compareConfigs() takes configs of odd types as far as they go", () => {
  const odd = { config: { Env: null, Labels: null }, rootfs: ROOTFS } as ImageConfig;
  assert.deepEqual(compareConfigs(odd, { rootfs: ROOTFS, config: null }), []);
  assert.deepEqual(compareConfigs({ rootfs: ROOTFS }, odd), []);
});
