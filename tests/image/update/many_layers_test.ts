import assert from "node:assert/strict";
import { test } from "node:test";
import { appendLayer } from "../../../lib/image/verbs/append.ts";
import { createFakeRegistry } from "../../fake_registry/fake_registry.ts";
import { tarOf } from "../fake_images.ts";

test("appendLayer() warns above 100 layers, of 137 appends onto one tag", async () => {
  const { fetch } = createFakeRegistry();
  for (let count = 1; count <= 137; count++) {
    const { warningDetails } = await appendLayer(
      count === 1 ? "scratch" : "registry.test/acme/app:1",
      "registry.test/acme/app:1",
      { layers: [tarOf("file", String(count))], host: {}, fetch },
    );
    const codes = warningDetails.map(({ code }) => code);
    assert.deepEqual(codes, count > 100 ? ["many-layers"] : [], String(count));
    if (count > 100) assert.match(warningDetails[0]?.message ?? "", /more than 125/);
  }
});
