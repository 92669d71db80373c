import assert from "node:assert/strict";
import { test } from "node:test";
import type { Bytes, ByteStream } from "../../lib/base/bytes.ts";
import { concatBytes } from "../../lib/base/bytes.ts";
import { createSha256 } from "../../lib/base/hash/sha256.ts";
import { sha256 } from "../fake_registry/store.ts";
import { randomBytes, testSource } from "../registry/blob_sources.ts";
import { collectBytes } from "../../lib/base/collect.ts";
import type { Spool } from "../../lib/storage/spool.ts";
import type { BlobSource } from "../../lib/storage/blob_source.ts";
import {
  ReplayableSource,
  type ReplayableSourceOptions,
} from "../../lib/storage/replayable_source.ts";

const CONTENT = Uint8Array.from({ length: 1000 }, (_, index) => index % 251);

/** A one-shot source in chunks of 10 bytes, and what happened to it. */
function sourceOf(log: string[] = []): BlobSource {
  async function* chunks(): ByteStream {
    try {
      for (let start = 0; start < CONTENT.length; start += 10) {
        yield CONTENT.subarray(start, start + 10);
      }
    } finally {
      log.push("source ended");
    }
  }
  return { replayable: false, open: chunks };
}

function memorySpool(log: string[], { failAt = Infinity } = {}): Spool {
  let bytes = new Uint8Array();
  return {
    write(chunk: Bytes): Promise<void> {
      if (bytes.length + chunk.length > failAt) {
        return Promise.reject(new Error("the disk is full"));
      }
      bytes = Uint8Array.from([...bytes, ...chunk]);
      return Promise.resolve();
    },
    async *read(start: number): ByteStream {
      yield await Promise.resolve(bytes.slice(start));
    },
    dispose(): Promise<void> {
      log.push("spool disposed");
      return Promise.resolve();
    },
  };
}

async function readSome(source: ReplayableSource, length: number, start = 0): Promise<number> {
  let seen = 0;
  for await (const chunk of source.open(start)) {
    seen += chunk.length;
    if (seen >= length) break;
  }
  return seen;
}

const WAYS: Readonly<Record<string, ReplayableSourceOptions>> = {
  "from memory": {},
  "from a spool": { bufferSize: 0, createSpool: () => Promise.resolve(memorySpool([])) },
  "from memory that overflows into a spool": {
    bufferSize: 333,
    createSpool: () => Promise.resolve(memorySpool([])),
  },
};

for (const [way, options] of Object.entries(WAYS)) {
  test(`ReplayableSource replays and goes on ${way}`, async () => {
    const source = new ReplayableSource(sourceOf(), options);
    assert.equal(await readSome(source, 250), 250);
    assert.equal(await readSome(source, 500), 500);
    assert.deepEqual(await collectBytes(source.open()), CONTENT);
    assert.deepEqual(await collectBytes(source.open()), CONTENT);
    await source.dispose();
  });

  test(`ReplayableSource starts anywhere ${way}`, async () => {
    for (const start of [0, 7, 250, 255, 999, 1000]) {
      const source = new ReplayableSource(sourceOf(), options);
      await readSome(source, 250);
      assert.deepEqual(await collectBytes(source.open(start)), CONTENT.subarray(start));
      await source.dispose();
    }
  });
}

test("ReplayableSource loses nothing to a reader that was dropped while it waited", async () => {
  const source = new ReplayableSource(sourceOf());
  const dropped = source.open()[Symbol.asyncIterator]();
  const pending = dropped.next();
  const [reading] = await Promise.allSettled([collectBytes(source.open()), pending]);
  assert.deepEqual(reading, { status: "fulfilled", value: CONTENT });
  await dropped.return?.();
});

test("ReplayableSource goes on without a spool that fails, and tells so once", async () => {
  const log: string[] = [];
  const source = new ReplayableSource(sourceOf(), {
    bufferSize: 100,
    createSpool: () => Promise.resolve(memorySpool(log, { failAt: 500 })),
    onSpoolFailure: (error) => log.push(String(error)),
  });
  assert.equal(source.replayable, true);
  assert.deepEqual(await collectBytes(source.open()), CONTENT);
  assert.equal(source.replayable, false);
  assert.deepEqual(log, ["spool disposed", "Error: the disk is full"]);
  await assert.rejects(collectBytes(source.open()), /Cannot read the layer a second time/);
  await assert.rejects(collectBytes(source.open()), /and it could not be kept: the disk is full/);
});

test("ReplayableSource without a spool replays what fits into memory and no more", async () => {
  const source = new ReplayableSource(sourceOf(), { bufferSize: 100 });
  await readSome(source, 100);
  assert.equal(source.replayable, true);
  assert.deepEqual(await collectBytes(source.open()), CONTENT);
  assert.equal(source.replayable, false);
});

test("ReplayableSource can be disposed while its source waits for bytes that never come", async () => {
  async function* silent(): ByteStream {
    yield await new Promise<Bytes>(() => {});
  }
  const source = new ReplayableSource({ replayable: false, open: silent });
  source.open()[Symbol.asyncIterator]().next();
  await source.dispose();
});

test("ReplayableSource ends its source and frees its spool", async () => {
  const log: string[] = [];
  const source = new ReplayableSource(sourceOf(log), {
    bufferSize: 0,
    createSpool: () => Promise.resolve(memorySpool(log)),
  });
  await readSome(source, 250);
  await source.dispose();
  await source.dispose();
  assert.deepEqual(log, ["spool disposed", "source ended"]);
});

test("ReplayableSource frees a spool that comes when it is disposed already", async () => {
  const log: string[] = [];
  let give = (): void => {};
  const source = new ReplayableSource(sourceOf(log), {
    bufferSize: 0,
    createSpool: () => new Promise((resolve) => give = () => resolve(memorySpool(log))),
  });
  const reading = source.open()[Symbol.asyncIterator]().next();
  await new Promise((resolve) => setTimeout(resolve));
  await source.dispose();
  give();
  await assert.rejects(reading, { name: "TypeError" });
  assert.deepEqual(log.filter((line) => line.startsWith("spool")), ["spool disposed"]);
});

const BYTES = randomBytes(10_000);

function bufferedSource(
  source: Parameters<typeof testSource>[1],
  bufferSize: number,
): ReplayableSource {
  const options = { action: "Cannot push", createHasher: createSha256, bufferSize };
  return new ReplayableSource(testSource(BYTES, source), options);
}

async function take(stream: ByteStream, chunks: number): Promise<void> {
  for await (const _ of stream) if (--chunks === 0) return;
}

async function rest(stream: ByteStream): Promise<Uint8Array> {
  const chunks = [new Uint8Array(0)];
  for await (const chunk of stream) chunks.push(chunk);
  return concatBytes(chunks);
}

test("ReplayableSource reads from every offset of a source that can be read again, and hashes once", async () => {
  const digest = await sha256(BYTES);
  const source = bufferedSource({ replayable: true, chunkSize: 700, digest }, 2_000);
  assert.equal(await source.fill(), false);
  for (const offset of [0, 1, 1_999, 2_000, 5_555, 9_999, 10_000, 0, 3_000]) {
    await take(source.open(0), 9);
    assert.ok(source.canOpen(offset));
    assert.deepEqual(await rest(source.open(offset)), BYTES.slice(offset), `from ${offset}`);
  }
  assert.equal(source.digest, await sha256(BYTES));
  assert.equal(source.size, BYTES.length);
});

test("ReplayableSource goes back as far as its buffer in a source that can be read once", async () => {
  const source = bufferedSource({ chunkSize: 500 }, 2_000);
  await source.fill();
  await take(source.open(0), 12);
  assert.ok(!source.canOpen(3_000));
  await assert.rejects(rest(source.open(3_000)), { name: "TypeError", message: /only once$/ });
  assert.ok(source.canOpen(4_123));
  assert.deepEqual(await rest(source.open(4_123)), BYTES.slice(4_123));
  assert.equal(source.digest, await sha256(BYTES));
});

test("ReplayableSource gives a chunk that a reader was waiting for to the one that follows it", async () => {
  let release = (): void => {};
  const source = bufferedSource({
    chunkSize: 1_000,
    before: (offset) => offset < 5_000 ? undefined : new Promise((resolve) => release = resolve),
  }, 2_000);
  await source.fill();
  const first = source.open(0)[Symbol.asyncIterator]();
  for (let chunks = 0; chunks < 5; chunks++) await first.next();
  const pending = first.next();
  await new Promise((resolve) => setTimeout(resolve, 0));
  const second = rest(source.open(4_000));
  const releasing = setInterval(() => release(), 0);
  try {
    await assert.rejects(pending, { name: "TypeError" });
    assert.deepEqual(await second, BYTES.slice(4_000));
  } finally {
    clearInterval(releasing);
  }
  assert.equal(source.digest, await sha256(BYTES));
});

test("ReplayableSource notices a source that is shorter or longer when it is read again", async () => {
  for (const length of [9_000, 11_000]) {
    let bytes = BYTES;
    const changing = {
      replayable: true,
      open: (start = 0): ByteStream => testSource(bytes, { replayable: true }).open(start),
    };
    const options = { action: "Cannot push", createHasher: createSha256, bufferSize: 500 };
    const source = new ReplayableSource(changing, options);
    await rest(source.open(0));
    bytes = randomBytes(length);
    await assert.rejects(rest(source.open(0)), { name: "DigestMismatchError" });
  }
});

test("ReplayableSource tells the source's own error", async () => {
  const broken = new Error("broken");
  const source = bufferedSource(
    { before: (offset) => offset > 3_000 ? Promise.reject(broken) : undefined },
    500,
  );
  await source.fill();
  await assert.rejects(rest(source.open(0)), (error) => error === broken);
  assert.equal(source.failure?.error, broken);
});

/** Gives one array of bytes after the other, one for each opening, and counts the openings. */
function changingSource(
  versions: readonly Bytes[],
  bytesMayVary?: boolean,
): BlobSource & { opened: number } {
  const source = {
    replayable: true,
    ...(bytesMayVary === undefined ? {} : { bytesMayVary }),
    opened: 0,
    open(start = 0): ByteStream {
      const bytes = versions[Math.min(source.opened++, versions.length - 1)] ?? BYTES;
      return testSource(bytes, { replayable: true }).open(start);
    },
  };
  return source;
}

const OTHER = randomBytes(10_000, 2);

test("ReplayableSource opens its source anew where nothing else is left, and hashes that reading", async () => {
  for (const chunks of [3, 5, 100]) {
    const changing = changingSource([BYTES, OTHER], true);
    const source = new ReplayableSource(changing, { bufferSize: 1_000 });
    await take(source.open(), chunks);
    assert.ok(source.replayable);
    assert.deepEqual(await rest(source.open()), OTHER);
    assert.equal(source.digest, await sha256(OTHER));
    assert.equal(changing.opened, 2);
  }
});

test("ReplayableSource never mixes bytes of two readings", async () => {
  const source = new ReplayableSource(changingSource([BYTES, OTHER], true), { bufferSize: 1_000 });
  await take(source.open(), 5);
  assert.ok(!source.canOpen(2_000));
  await assert.rejects(rest(source.open(2_000)), { name: "TypeError" });
});

test("ReplayableSource refuses other bytes of the same length where they may not vary", async () => {
  const [expected, actual] = [await sha256(BYTES), await sha256(OTHER)];
  const source = new ReplayableSource(changingSource([BYTES, OTHER]), { bufferSize: 1_000 });
  await rest(source.open());
  await assert.rejects(rest(source.open()), {
    name: "DigestMismatchError",
    message: `Cannot read a blob: expected ${expected} as before, got ${actual}`,
  });
});

test("ReplayableSource prefers its spool to opening its source anew", async () => {
  const changing = changingSource([BYTES, OTHER], true);
  const source = new ReplayableSource(changing, {
    bufferSize: 1_000,
    createSpool: () => Promise.resolve(memorySpool([])),
  });
  await rest(source.open());
  assert.deepEqual(await rest(source.open()), BYTES);
  assert.deepEqual(await rest(source.open(3_210)), BYTES.subarray(3_210));
  assert.equal(changing.opened, 1);
  await source.dispose();
});

test("ReplayableSource opens its source anew once its spool has failed", async () => {
  const source = new ReplayableSource(changingSource([BYTES]), {
    bufferSize: 1_000,
    createSpool: () => Promise.resolve(memorySpool([], { failAt: 5_000 })),
  });
  await rest(source.open());
  assert.deepEqual(await rest(source.open()), BYTES);
  await source.dispose();
});

test("ReplayableSource is not disturbed by an earlier reading that goes on when it was given up", async () => {
  let release = (): void => {};
  let opened = 0;
  const slow: BlobSource = {
    replayable: true,
    open(start = 0): ByteStream {
      const isFirst = opened++ === 0;
      return testSource(BYTES, {
        replayable: true,
        before: (offset) =>
          isFirst && offset >= 5_000 ? new Promise((resolve) => release = resolve) : undefined,
      }).open(start);
    },
  };
  const source = new ReplayableSource(slow, { bufferSize: 1_000 });
  const first = source.open()[Symbol.asyncIterator]();
  for (let chunks = 0; chunks < 5; chunks++) await first.next();
  const pending = first.next();
  await new Promise((resolve) => setTimeout(resolve));
  const second = source.open()[Symbol.asyncIterator]();
  await second.next();
  release();
  await assert.rejects(pending, { name: "TypeError" });
  await second.return?.();
  assert.deepEqual(await rest(source.open()), BYTES);
  assert.equal(source.digest, await sha256(BYTES));
  assert.equal(source.failure, undefined);
});

test("ReplayableSource does not hash what its source checks by itself", async () => {
  const digest = await sha256(CONTENT);
  const checked = { ...sourceOf(), digest, size: CONTENT.length, isChecked: true };
  const createHasher = (): never => assert.fail("It was hashed");
  const source = new ReplayableSource(checked, { createHasher });
  assert.deepEqual(await collectBytes(source.open()), CONTENT);
  assert.deepEqual([source.size, source.digest], [CONTENT.length, digest]);

  const short = { ...checked, size: CONTENT.length + 1 };
  await assert.rejects(
    collectBytes(new ReplayableSource(short, { createHasher }).open()),
    /expected 1001 bytes, got 1000 bytes/,
  );
});
