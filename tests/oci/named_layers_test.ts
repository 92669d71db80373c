import assert from "node:assert/strict";
import { test } from "node:test";
import type { ImageConfig } from "../../lib/oci/config.ts";
import type { Digest } from "../../lib/oci/digest.ts";
import {
  findNamedLayers,
  isSameBesideDates,
  LAYERS_LABEL,
  replaceInConfig,
  replaceLayers,
} from "../../lib/oci/named_layers.ts";

const diffId = (digit: string): Digest => `sha256:${digit.repeat(64)}`;
const [A, B, C, D, E] = ["a", "b", "c", "d", "e"].map(diffId) as [
  Digest,
  Digest,
  Digest,
  Digest,
  Digest,
];

function image(diffIds: readonly Digest[], label?: unknown): ImageConfig {
  return {
    rootfs: { type: "layers", "diff_ids": diffIds },
    history: diffIds.flatMap((id) => [
      { created_by: id.slice(7, 8) },
      { created_by: "ENV", empty_layer: true },
    ]),
    config: {
      Labels: label === undefined
        ? {}
        : { [LAYERS_LABEL]: typeof label === "string" ? label : JSON.stringify(label) },
    },
  };
}

test("replaceLayers() puts layers where the lowest was, or on top", () => {
  assert.deepEqual(replaceLayers(["a", "b", "c"], { places: [1] }, ["x"]), ["a", "x", "c"]);
  assert.deepEqual(replaceLayers(["a", "b", "c"], { places: [0, 2] }, ["x", "y"]), ["x", "y", "b"]);
  assert.deepEqual(replaceLayers(["a"], { places: [] }, ["x"]), ["a", "x"]);
});

test("findNamedLayers() finds the uppermost of equal layers, and tells what is gone", () => {
  assert.deepEqual(findNamedLayers(image([A, B, A, C], { x: [A, C] }), "x"), {
    places: [2, 3],
    missing: [],
  });
  assert.deepEqual(findNamedLayers(image([A, A], { x: [A, A] }), "x").places, [0, 1]);
  assert.deepEqual(findNamedLayers(image([A], { x: [B] }), "x"), { places: [], missing: [B] });
  for (
    const label of [undefined, "{", "[]", "null", '{"x":"y"}', '{"x":["sha256:1"]}', { y: [A] }]
  ) {
    assert.deepEqual(findNamedLayers(image([A], label), "x"), { places: [], missing: [] });
  }
});

test("replaceInConfig() replaces layers with their history, and remembers the name", () => {
  const base = image([A, B, C], { x: [B], y: [C] });
  const entries = [{ created_by: "new" }, { created_by: "newer" }];
  const changed = replaceInConfig(base, { name: "x", places: [1], diffIds: [D, E], entries });
  assert.deepEqual(changed.rootfs.diff_ids, [A, D, E, C]);
  assert.deepEqual(
    changed.history?.map((entry) => entry["created_by"]),
    ["a", "ENV", "new", "newer", "ENV", "c", "ENV"],
  );
  assert.deepEqual(JSON.parse(changed.config?.Labels?.[LAYERS_LABEL] ?? ""), { x: [D, E], y: [C] });
});

test("replaceInConfig() leaves a history alone that does not match, and needs no config", () => {
  const { config: _, ...base } = { ...image([A, B]), history: [] };
  const changed = replaceInConfig(base, { name: "x", places: [1], diffIds: [C], entries: [{}] });
  assert.deepEqual(changed.history, []);
  assert.deepEqual(findNamedLayers(changed, "x").places, [1]);
});

test("isSameBesideDates() looks past times and what names the base, and at all else", () => {
  const one = { ...image([A], { x: [A] }), created: "1" };
  const dated = {
    ...one,
    created: "2",
    history: (one.history ?? []).map((e) => ({ ...e, created: "3" })),
  };
  assert.ok(isSameBesideDates(one, dated, ["base"]));
  const labelled = { ...one, config: { Labels: { ...one.config?.Labels, base: "z" } } };
  assert.ok(isSameBesideDates(one, labelled, ["base"]));
  assert.ok(!isSameBesideDates(one, labelled, []));
  assert.ok(!isSameBesideDates(one, { ...one, author: "me" }, []));
  assert.ok(!isSameBesideDates(one, { ...one, history: [] }, []));
});
