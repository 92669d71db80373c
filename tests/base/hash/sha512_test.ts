import assert from "node:assert/strict";
import { test } from "node:test";
import type { Bytes } from "../../../lib/base/bytes.ts";
import { encodeHex } from "../../../lib/base/hex.ts";
import { createSha512 } from "../../../lib/base/hash/sha512.ts";

/** RFC 6234 §8.5, and the empty message of FIPS 180-4's examples. */
const VECTORS: readonly (readonly [message: string, repeat: number, hash: string])[] = [
  [
    "",
    0,
    "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e",
  ],
  [
    "abc",
    1,
    "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
  ],
  [
    "a",
    1_000_000,
    "e718483d0ce769644e2e42c7bc15b4638e1f98b13b2044285632a803afa973ebde0ff244877ea60a4cb0432ce577c31beb009c5c2c49aa2e4eadb217ad8cc09b",
  ],
];

for (const [message, repeat, hash] of VECTORS) {
  test(`createSha512() hashes ${JSON.stringify(message)} × ${repeat} as RFC 6234 says`, async () => {
    const hasher = createSha512();
    await hasher.update(new TextEncoder().encode(message.repeat(repeat)));
    assert.equal(encodeHex(await hasher.digest()), hash);
  });
}

test("createSha512() agrees with Web Crypto at every size up to 300 bytes, in chunks", async () => {
  const bytes: Bytes = crypto.getRandomValues(new Uint8Array(300));
  for (let size = 0; size <= 300; size++) {
    const hasher = createSha512();
    const chunk = 1 + size % 37;
    for (let offset = 0; offset < size; offset += chunk) {
      await hasher.update(bytes.subarray(offset, Math.min(offset + chunk, size)));
    }
    const expected = new Uint8Array(await crypto.subtle.digest("SHA-512", bytes.slice(0, size)));
    assert.equal(encodeHex(await hasher.digest()), encodeHex(expected), `size ${size}`);
  }
});
