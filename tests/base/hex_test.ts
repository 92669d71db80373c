import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeHex } from "../../lib/base/hex.ts";

test("encodeHex() writes two lower-case digits a byte", () => {
  assert.equal(encodeHex(new Uint8Array([0, 9, 16, 171, 255])), "000910abff");
  assert.equal(encodeHex(new Uint8Array()), "");
});
