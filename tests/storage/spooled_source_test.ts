import assert from "node:assert/strict";
import { test } from "node:test";
import type { Bytes, ByteStream } from "../../lib/base/bytes.ts";
import { collectBytes } from "../../lib/base/collect.ts";
import type { Spool } from "../../lib/storage/spool.ts";
import type { BlobSource } from "../../lib/storage/blob_source.ts";
import { SpooledSource, type SpooledSourceOptions } from "../../lib/storage/spooled_source.ts";

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

async function readSome(source: SpooledSource, length: number, start = 0): Promise<number> {
  let seen = 0;
  for await (const chunk of source.open(start)) {
    seen += chunk.length;
    if (seen >= length) break;
  }
  return seen;
}

const WAYS: Readonly<Record<string, SpooledSourceOptions>> = {
  "from memory": {},
  "from a spool": { memoryLimit: 0, createSpool: () => Promise.resolve(memorySpool([])) },
  "from memory that overflows into a spool": {
    memoryLimit: 333,
    createSpool: () => Promise.resolve(memorySpool([])),
  },
};

for (const [way, options] of Object.entries(WAYS)) {
  test(`SpooledSource replays and goes on ${way}`, async () => {
    const source = new SpooledSource(sourceOf(), options);
    assert.equal(await readSome(source, 250), 250);
    assert.equal(await readSome(source, 500), 500);
    assert.deepEqual(await collectBytes(source.open()), CONTENT);
    assert.deepEqual(await collectBytes(source.open()), CONTENT);
    await source.dispose();
  });

  test(`SpooledSource starts anywhere ${way}`, async () => {
    for (const start of [0, 7, 250, 255, 999, 1000]) {
      const source = new SpooledSource(sourceOf(), options);
      await readSome(source, 250);
      assert.deepEqual(await collectBytes(source.open(start)), CONTENT.subarray(start));
      await source.dispose();
    }
  });
}

test("SpooledSource loses nothing to a reader that was dropped while it waited", async () => {
  const source = new SpooledSource(sourceOf());
  const dropped = source.open()[Symbol.asyncIterator]();
  const pending = dropped.next();
  assert.deepEqual(await collectBytes(source.open()), CONTENT);
  await pending;
  await dropped.return?.();
});

test("SpooledSource goes on without a spool that fails, and tells so once", async () => {
  const log: string[] = [];
  const source = new SpooledSource(sourceOf(), {
    memoryLimit: 100,
    createSpool: () => Promise.resolve(memorySpool(log, { failAt: 500 })),
    onSpoolFailure: (error) => log.push(String(error)),
  });
  assert.equal(source.replayable, true);
  assert.deepEqual(await collectBytes(source.open()), CONTENT);
  assert.equal(source.replayable, false);
  assert.deepEqual(log, ["spool disposed", "Error: the disk is full"]);
  await assert.rejects(collectBytes(source.open()), /Cannot read the layer a second time/);
});

test("SpooledSource without a spool replays what fits into memory and no more", async () => {
  const source = new SpooledSource(sourceOf(), { memoryLimit: 100 });
  await readSome(source, 100);
  assert.equal(source.replayable, true);
  assert.deepEqual(await collectBytes(source.open()), CONTENT);
  assert.equal(source.replayable, false);
});

test("SpooledSource can be disposed while its source waits for bytes that never come", async () => {
  async function* silent(): ByteStream {
    yield await new Promise<Bytes>(() => {});
  }
  const source = new SpooledSource({ replayable: false, open: silent });
  source.open()[Symbol.asyncIterator]().next();
  await source.dispose();
});

test("SpooledSource ends its source and frees its spool", async () => {
  const log: string[] = [];
  const source = new SpooledSource(sourceOf(log), {
    memoryLimit: 0,
    createSpool: () => Promise.resolve(memorySpool(log)),
  });
  await readSome(source, 250);
  await source.dispose();
  await source.dispose();
  assert.deepEqual(log, ["spool disposed", "source ended"]);
});

test("SpooledSource frees a spool that comes when it is disposed already", async () => {
  const log: string[] = [];
  let give = (): void => {};
  const source = new SpooledSource(sourceOf(log), {
    memoryLimit: 0,
    createSpool: () => new Promise((resolve) => give = () => resolve(memorySpool(log))),
  });
  const reading = source.open()[Symbol.asyncIterator]().next();
  await new Promise((resolve) => setTimeout(resolve));
  await source.dispose();
  give();
  await reading;
  assert.deepEqual(log.filter((line) => line.startsWith("spool")), ["spool disposed"]);
});
