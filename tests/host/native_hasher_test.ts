import assert from "node:assert/strict";
import { test } from "node:test";
import { crc32 } from "../../lib/base/hash/crc32.ts";
import { encodeHex } from "../../lib/base/hex.ts";
import { createNativeHasher, hashText, nativeCrc32 } from "../../lib/host/native_hasher.ts";

test("createNativeHasher() hashes as Web Crypto does", async () => {
  const data = new Uint8Array(100_001).map((_, index) => index * 7);
  const hasher = createNativeHasher();
  for (let at = 0; at < data.length; at += 999) await hasher.update(data.slice(at, at + 999));
  const expected = new Uint8Array(await crypto.subtle.digest("SHA-256", data));
  assert.equal(encodeHex(await hasher.digest()), encodeHex(expected));
});

test("hashText() hashes UTF-8", () => {
  assert.equal(
    hashText("ä"),
    // printf 'ä' | sha256sum
    "33e6d73fee82904c8d7afb78de1154d1e8dc2a0edb08120e63df5b9385c2d9cc",
  );
});

test("nativeCrc32() goes on with a checksum as the plain one does", () => {
  const native = nativeCrc32();
  const data = new Uint8Array(10_000).map((_, index) => index * 7);
  const parts = [data.subarray(0, 3), data.subarray(3, 5_000), data.subarray(5_000)];
  assert.equal(parts.reduce((checksum, part) => native(part, checksum), 0), crc32(data));
  assert.equal(native(data), crc32(data));
});
