import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeHex } from "../../lib/base/hex.ts";
import { createNativeHasher } from "../../lib/host/native_hasher.ts";

test("createNativeHasher() hashes as Web Crypto does", async () => {
  const data = new Uint8Array(100_001).map((_, index) => index * 7);
  const hasher = createNativeHasher();
  for (let at = 0; at < data.length; at += 999) await hasher.update(data.slice(at, at + 999));
  const expected = new Uint8Array(await crypto.subtle.digest("SHA-256", data));
  assert.equal(encodeHex(await hasher.digest()), encodeHex(expected));
});
