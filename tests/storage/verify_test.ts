import assert from "node:assert/strict";
import { test } from "node:test";
import type { Bytes, ByteStream } from "../../lib/base/bytes.ts";
import { collectBytes } from "../../lib/base/collect.ts";
import { digestOf } from "../../lib/oci/digest.ts";
import { DigestMismatchError } from "../../lib/storage/digest_mismatch_error.ts";
import { verifyBytes, verifyStream } from "../../lib/storage/verify.ts";

const CONTENT: Bytes = new TextEncoder().encode("some content that comes in pieces");

async function* pieces(content: Bytes, pieceSize = 5): ByteStream {
  // One array for all pieces: a reader that keeps them without copying sees garbage.
  const piece = new Uint8Array(pieceSize);
  for (let offset = 0; offset < content.length; offset += pieceSize) {
    const part = content.subarray(offset, offset + pieceSize);
    piece.set(part);
    yield await Promise.resolve(piece.subarray(0, part.length));
  }
}

for (const algorithm of ["sha256", "sha512"] as const) {
  test(`verifyStream() passes on content that is right by ${algorithm}`, async () => {
    const digest = await digestOf(CONTENT, algorithm);
    const seen: number[] = [];
    const stream = verifyStream(pieces(CONTENT), { digest, size: CONTENT.length, action: "It" });
    for await (const chunk of stream) seen.push(...chunk);
    assert.deepEqual(seen, [...CONTENT]);
  });

  test(`verifyStream() throws at the end of other content, by ${algorithm}`, async () => {
    const digest = await digestOf(CONTENT, algorithm);
    const other = CONTENT.map((byte) => byte ^ 1);
    const options = { digest, size: CONTENT.length, action: 'Cannot read blob "x"' };
    const actual = await digestOf(other, algorithm);
    await assert.rejects(collectBytes(verifyStream(pieces(other), options)), {
      name: "DigestMismatchError",
      message: `Cannot read blob "x": expected ${digest}, got ${actual}`,
      expected: digest,
      actual,
    });
  });
}

test("verifyStream() stops at the first byte too many, and ends the source", async () => {
  let ended = false;
  async function* endless(): ByteStream {
    try {
      while (true) yield await Promise.resolve(new Uint8Array(5));
    } finally {
      ended = true;
    }
  }
  const options = { digest: await digestOf(CONTENT), size: 12, action: "It" };
  await assert.rejects(
    collectBytes(verifyStream(endless(), options)),
    /expected 12 bytes, got more/,
  );
  assert(ended);
});

test("verifyStream() throws where content ends early", async () => {
  const options = { digest: await digestOf(CONTENT), size: CONTENT.length + 1, action: "It" };
  await assert.rejects(
    collectBytes(verifyStream(pieces(CONTENT), options)),
    /expected 34 bytes, got 33 bytes/,
  );
});

test("verifyStream() checks the digest alone where the size is not known", async () => {
  const options = { digest: await digestOf(CONTENT), action: "It" };
  await collectBytes(verifyStream(pieces(CONTENT), options));
  await assert.rejects(
    collectBytes(verifyStream(pieces(CONTENT.slice(1)), options)),
    DigestMismatchError,
  );
});

test("verifyBytes() throws for bytes that hash to something else", async () => {
  await verifyBytes(CONTENT, await digestOf(CONTENT), "It");
  await verifyBytes(CONTENT, await digestOf(CONTENT, "sha512"), "It");
  await assert.rejects(
    async () => verifyBytes(CONTENT.slice(1), await digestOf(CONTENT), "It"),
    DigestMismatchError,
  );
});
