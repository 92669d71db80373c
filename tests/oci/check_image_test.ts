import assert from "node:assert/strict";
import { test } from "node:test";
import { contradictionOf } from "../../lib/oci/check_image.ts";
import type { Descriptor } from "../../lib/oci/descriptor.ts";
import type { Digest } from "../../lib/oci/digest.ts";

const DIGEST: Digest = `sha256:${"a".repeat(64)}`;
const LAYER: Descriptor = { mediaType: "x", digest: DIGEST, size: 1 };

function contradiction(
  layers: number,
  diffIds: number,
  history: readonly (boolean | undefined)[] | null,
): string | undefined {
  return contradictionOf({ layers: new Array(layers).fill(LAYER) }, {
    rootfs: { diff_ids: new Array(diffIds).fill(DIGEST) },
    history: history && history.map((empty) => empty === undefined ? {} : { empty_layer: empty }),
  });
}

test("contradictionOf() finds nothing where layers, diff_ids and history fit", () => {
  assert.equal(contradiction(0, 0, null), undefined);
  assert.equal(contradiction(2, 2, null), undefined);
  assert.equal(contradiction(2, 2, [undefined, true, false]), undefined);
  assert.equal(contradiction(2, 2, [undefined]), undefined);
});

test("contradictionOf() tells of other numbers of layers, and of a history that is too long", () => {
  assert.equal(contradiction(2, 1, null), "its manifest lists 2 layers, and its config 1 diff_ids");
  assert.equal(contradiction(0, 1, []), "its manifest lists 0 layers, and its config 1 diff_ids");
  assert.equal(
    contradiction(1, 1, [undefined, true, undefined]),
    "its history tells of 2 layers, and there are 1",
  );
});
