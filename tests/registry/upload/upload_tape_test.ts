import assert from "node:assert/strict";
import { test } from "node:test";
import { concatBytes } from "../../../lib/base/bytes.ts";
import type { ByteStream } from "../../../lib/base/bytes.ts";
import { createSha256 } from "../../../lib/base/hash/sha256.ts";
import { UploadTape } from "../../../lib/registry/upload/upload_tape.ts";
import { sha256 } from "../../fake_registry/store.ts";
import { randomBytes, testSource } from "../blob_sources.ts";

const BYTES = randomBytes(10_000);

function tapeOf(source: Parameters<typeof testSource>[1], bufferSize: number): UploadTape {
  const options = { action: "Cannot push", createHasher: createSha256, bufferSize };
  return new UploadTape(testSource(BYTES, source), options);
}

async function take(stream: ByteStream, chunks: number): Promise<void> {
  for await (const _ of stream) if (--chunks === 0) return;
}

async function rest(stream: ByteStream): Promise<Uint8Array> {
  const chunks = [new Uint8Array(0)];
  for await (const chunk of stream) chunks.push(chunk);
  return concatBytes(chunks);
}

test("UploadTape reads from every offset of a source that can be read again, and hashes once", async () => {
  const tape = tapeOf({ replayable: true, chunkSize: 700 }, 2_000);
  assert.equal(await tape.fill(), false);
  for (const offset of [0, 1, 1_999, 2_000, 5_555, 9_999, 10_000, 0, 3_000]) {
    await take(tape.read(0), 9);
    assert.ok(tape.canRead(offset));
    assert.deepEqual(await rest(tape.read(offset)), BYTES.slice(offset), `from ${offset}`);
  }
  assert.equal(tape.digest, await sha256(BYTES));
  assert.equal(tape.size, BYTES.length);
});

test("UploadTape goes back as far as its buffer in a source that can be read once", async () => {
  const tape = tapeOf({ chunkSize: 500 }, 2_000);
  await tape.fill();
  await take(tape.read(0), 12);
  assert.ok(!tape.canRead(3_000));
  await assert.rejects(rest(tape.read(3_000)), { name: "TypeError", message: /only once$/ });
  assert.ok(tape.canRead(4_123));
  assert.deepEqual(await rest(tape.read(4_123)), BYTES.slice(4_123));
  assert.equal(tape.digest, await sha256(BYTES));
});

test("UploadTape gives a chunk that a reader was waiting for to the one that follows it", async () => {
  let release = (): void => {};
  const tape = tapeOf({
    chunkSize: 1_000,
    before: (offset) => offset < 5_000 ? undefined : new Promise((resolve) => release = resolve),
  }, 2_000);
  await tape.fill();
  const first = tape.read(0)[Symbol.asyncIterator]();
  for (let chunks = 0; chunks < 5; chunks++) await first.next();
  const pending = first.next();
  await new Promise((resolve) => setTimeout(resolve, 0));
  const second = rest(tape.read(4_000));
  const releasing = setInterval(() => release(), 0);
  try {
    await assert.rejects(pending, { name: "TypeError" });
    assert.deepEqual(await second, BYTES.slice(4_000));
  } finally {
    clearInterval(releasing);
  }
  assert.equal(tape.digest, await sha256(BYTES));
});

test("UploadTape notices a source that is shorter or longer when it is read again", async () => {
  for (const length of [9_000, 11_000]) {
    let bytes = BYTES;
    const source = {
      replayable: true,
      open: (start = 0): ByteStream => testSource(bytes, { replayable: true }).open(start),
    };
    const options = { action: "Cannot push", createHasher: createSha256, bufferSize: 500 };
    const tape = new UploadTape(source, options);
    await rest(tape.read(0));
    bytes = randomBytes(length);
    await assert.rejects(rest(tape.read(0)), { name: "DigestMismatchError" });
  }
});

test("UploadTape tells the source's own error", async () => {
  const broken = new Error("broken");
  const tape = tapeOf(
    { before: (offset) => offset > 3_000 ? Promise.reject(broken) : undefined },
    500,
  );
  await tape.fill();
  await assert.rejects(rest(tape.read(0)), (error) => error === broken);
  assert.equal(tape.failure?.error, broken);
});
