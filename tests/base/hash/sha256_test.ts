import assert from "node:assert/strict";
import { test } from "node:test";
import type { Bytes } from "../../../lib/base/bytes.ts";
import type { Hasher } from "../../../lib/base/hash/hasher.ts";
import { createPlainSha256 } from "../../../lib/base/hash/plain_sha256.ts";
import { createSha256, Sha256 } from "../../../lib/base/hash/sha256.ts";
import { createWasmSha256 } from "../../../lib/base/hash/wasm_sha256.ts";

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

const HASHERS: readonly (readonly [name: string, create: () => Hasher])[] = [
  ["createSha256()", createSha256],
  ["Sha256 in plain TypeScript", (): Hasher => new Sha256(createPlainSha256())],
  ["Sha256 in WebAssembly", (): Hasher => {
    const engine = createWasmSha256();
    assert.ok(engine !== undefined, "this runtime compiles no WebAssembly");
    return new Sha256(engine);
  }],
];

for (const [name, create] of HASHERS) {
  for (const [message, repeat, hash] of VECTORS) {
    test(`${name} hashes ${JSON.stringify(message)} × ${repeat} as RFC 6234 says`, async () => {
      const hasher = create();
      await hasher.update(new TextEncoder().encode(message.repeat(repeat)));
      assert.equal(hex(await hasher.digest()), hash);
    });
  }

  test(`${name} agrees with Web Crypto at every size up to 300 bytes`, async () => {
    for (let size = 0; size <= 300; size++) {
      const bytes = randomBytes(size);
      const hasher = create();
      await hasher.update(bytes);
      assert.equal(hex(await hasher.digest()), await webHash(bytes), `size ${size}`);
    }
  });

  test(`${name} gives the same hash for any chunking and any offset in a buffer`, async () => {
    const backing = new Uint8Array(200_000).map((_, index) => index * 31 + (index >> 8));
    for (let round = 0; round < 50; round++) {
      const bytes = backing.subarray(round);
      const hasher = create();
      const cuts: number[] = [];
      for (let offset = 0; offset < bytes.length;) {
        const size = Math.floor(Math.random() ** 8 * 150_000);
        cuts.push(size);
        await hasher.update(bytes.subarray(offset, offset + size));
        offset += size;
      }
      assert.equal(hex(await hasher.digest()), await webHash(bytes), `chunks of ${cuts}`);
    }
  });

  test(`${name} keeps nothing of the arrays that it was given`, async () => {
    const bytes = randomBytes(1000);
    const hasher = create();
    const reused = new Uint8Array(100);
    for (let offset = 0; offset < bytes.length; offset += 100) {
      reused.set(bytes.subarray(offset, offset + 100));
      await hasher.update(reused);
      reused.fill(0);
    }
    assert.equal(hex(await hasher.digest()), await webHash(bytes));
  });

  test(`${name} keeps hashes apart that go on at the same time`, async () => {
    const bytes = [randomBytes(500), randomBytes(500)];
    const hashers = bytes.map(create);
    for (let offset = 0; offset < 500; offset += 100) {
      for (const [index, hasher] of hashers.entries()) {
        await hasher.update(bytes[index]?.subarray(offset, offset + 100) ?? new Uint8Array());
      }
    }
    const hashes = await Promise.all(hashers.map(async (hasher) => hex(await hasher.digest())));
    assert.deepEqual(hashes, await Promise.all(bytes.map(webHash)));
  });

  test(`${name} refuses to go on once it was finished`, async () => {
    const hasher = create();
    await hasher.digest();
    assert.throws(() => hasher.update(randomBytes(1)), TypeError);
    assert.throws(() => hasher.digest(), TypeError);
  });
}

test("createSha256() uses DigestStream where a runtime has it", async () => {
  class FakeDigestStream extends WritableStream<Bytes> {
    readonly digest: Promise<ArrayBuffer>;

    constructor(algorithm: string) {
      assert.equal(algorithm, "SHA-256");
      const chunks: Bytes[] = [];
      let finish = (_digest: ArrayBuffer): void => {};
      super({
        write: (chunk) => void chunks.push(chunk.slice()),
        close: async () =>
          finish(await crypto.subtle.digest("SHA-256", await new Blob(chunks).arrayBuffer())),
      });
      this.digest = new Promise((resolve) => finish = resolve);
    }
  }
  Object.defineProperty(crypto, "DigestStream", { value: FakeDigestStream, configurable: true });
  try {
    const hasher = createSha256();
    assert.ok(!(hasher instanceof Sha256));
    const bytes = randomBytes(1000);
    await hasher.update(bytes.subarray(0, 10));
    await hasher.update(bytes.subarray(10));
    assert.equal(hex(await hasher.digest()), await webHash(bytes));
  } finally {
    Reflect.deleteProperty(crypto, "DigestStream");
  }
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
