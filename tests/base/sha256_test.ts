import assert from "node:assert/strict";
import { test } from "node:test";
import type { Bytes } from "../../lib/base/bytes.ts";
import { createSha256 } from "../../lib/base/sha256.ts";

/** RFC 6234 §8.5, and the empty message of FIPS 180-4's examples. */
const VECTORS: readonly (readonly [message: string, repeat: number, hash: string])[] = [
  ["", 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
  ["abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
  [
    "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
    1,
    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
  ],
  ["a", 1_000_000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"],
  [
    "0123456701234567012345670123456701234567012345670123456701234567",
    10,
    "594847328451bdfa85056225462cc1d867d877fb388df0ce35f25ab5562bfbb5",
  ],
];

for (const [message, repeat, hash] of VECTORS) {
  test(`createSha256() hashes ${JSON.stringify(message)} × ${repeat} as RFC 6234 says`, async () => {
    const hasher = createSha256();
    await hasher.update(new TextEncoder().encode(message.repeat(repeat)));
    assert.equal(hex(await hasher.digest()), hash);
  });
}

test("createSha256() agrees with Web Crypto at every size up to 300 bytes", async () => {
  for (let size = 0; size <= 300; size++) {
    const bytes = randomBytes(size);
    const hasher = createSha256();
    await hasher.update(bytes);
    assert.equal(hex(await hasher.digest()), await webHash(bytes), `size ${size}`);
  }
});

test("createSha256() gives the same hash for any chunking and any offset in a buffer", async () => {
  const backing = randomBytes(50_000);
  for (let round = 0; round < 50; round++) {
    const bytes = backing.subarray(round);
    const hasher = createSha256();
    const cuts: number[] = [];
    for (let offset = 0; offset < bytes.length;) {
      const size = Math.floor(Math.random() ** 4 * 5_000);
      cuts.push(size);
      await hasher.update(bytes.subarray(offset, offset + size));
      offset += size;
    }
    assert.equal(hex(await hasher.digest()), await webHash(bytes), `chunks of ${cuts}`);
  }
});

test("createSha256() keeps nothing of the arrays that it was given", async () => {
  const bytes = randomBytes(1000);
  const hasher = createSha256();
  const reused = new Uint8Array(100);
  for (let offset = 0; offset < bytes.length; offset += 100) {
    reused.set(bytes.subarray(offset, offset + 100));
    await hasher.update(reused);
    reused.fill(0);
  }
  assert.equal(hex(await hasher.digest()), await webHash(bytes));
});

test("createSha256() refuses to go on once it was finished", async () => {
  const hasher = createSha256();
  await hasher.digest();
  assert.throws(() => hasher.update(randomBytes(1)), TypeError);
  assert.throws(() => hasher.digest(), TypeError);
});

async function webHash(bytes: Bytes): Promise<string> {
  return hex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));
}

function randomBytes(size: number): Bytes {
  return crypto.getRandomValues(new Uint8Array(size));
}

function hex(bytes: Bytes): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
