import assert from "node:assert/strict";
import { test } from "node:test";
import type { Bytes, ByteStream } from "../../../lib/base/bytes.ts";
import { collectBytes } from "../../../lib/base/collect.ts";
import { createSha256 } from "../../../lib/base/hash/sha256.ts";
import { BaseLayer } from "../../../lib/layer/base/base_layer.ts";
import { BaseReader, ReadBudget } from "../../../lib/layer/base/base_reader.ts";
import { webCodec } from "../../../lib/layer/compression/web_codec.ts";
import { writeTar } from "../../../lib/tar/writer.ts";
import { entryOf } from "./listings.ts";

const CHUNK = 512;

function tarOf(...entries: readonly string[]): Promise<Bytes> {
  return collectBytes(writeTar(entries.map(entryOf)));
}

async function* blocksOf(bytes: Bytes): ByteStream {
  for (let at = 0; at < bytes.length; at += CHUNK) {
    yield await Promise.resolve(bytes.slice(at, at + CHUNK));
  }
}

/** A layer whose chunks are one block each, and that counts what was read of it. */
class CountedLayer extends BaseLayer {
  readonly read: { bytes: number };
  onChunk: (bytes: number) => void = () => {};

  constructor(bytes: Bytes, size: number) {
    const read = { bytes: 0 };
    super({
      name: "layer",
      size,
      codec: webCodec,
      createHasher: createSha256,
      open: () => blocksOf(bytes),
      onRead: (count) => {
        read.bytes += count;
        this.onChunk(count);
      },
    });
    this.read = read;
  }
}

const LARGE = 10_000_000;

test("BaseReader.ask() reads from the top down, and stops where the answer is", async () => {
  const top = new CountedLayer(await tarOf("a/ 1", "b/ 1"), LARGE);
  const middle = new CountedLayer(await tarOf("c/ 1", "d/ 1", "e/ 1", "f/ 1"), LARGE);
  const lowest = new CountedLayer(await tarOf("g/ 1"), LARGE);
  const reader = new BaseReader([top, middle, lowest], new ReadBudget(Infinity));
  const ask = (path: string): Promise<boolean> =>
    reader.ask(() => reader.view.look(path) !== undefined);
  assert.equal(await ask("a"), true);
  assert.deepEqual([top.read.bytes, middle.read.bytes], [CHUNK, 0]);
  assert.equal(await ask("c"), true);
  assert.deepEqual([middle.read.bytes, lowest.read.bytes], [CHUNK, 0]);
  assert.equal(await ask("d"), true);
  assert.deepEqual([middle.read.bytes, lowest.read.bytes], [2 * CHUNK, 0]);
  assert.equal(await ask("none"), true);
  assert.equal(reader.view.look("none")?.kind, "missing");
  assert.equal(lowest.listing.isComplete, true);
});

test("BaseReader.ask() reads small layers whole", async () => {
  const layers = await Promise.all(
    ["a/ 1", "b/ 1", "c/ 1"].map(async (text) => new CountedLayer(await tarOf(text), 1_000)),
  );
  const reader = new BaseReader(layers, new ReadBudget(Infinity));
  assert.equal(await reader.ask(() => reader.view.look("a") !== undefined), true);
  for (const { listing } of layers) assert.equal(listing.isComplete, true);
});

test("BaseReader.ask() reads no more small layers side by side than 1 MiB", async () => {
  const size = 400_000;
  const layers = await Promise.all(
    ["a/ 1", "b/ 1", "c/ 1", "d/ 1"].map(async (text) => new CountedLayer(await tarOf(text), size)),
  );
  const reader = new BaseReader(layers, new ReadBudget(Infinity));
  assert.equal(await reader.ask(() => reader.view.look("a") !== undefined), true);
  assert.deepEqual(layers.map(({ listing }) => listing.isComplete), [true, true, false, false]);
  assert.equal(await reader.ask(() => reader.view.look("d") !== undefined), true);
  for (const { listing } of layers) assert.equal(listing.isComplete, true);
});

test("BaseReader.ask() stops where its budget is spent, and says that it does not know", async () => {
  const layer = new CountedLayer(await tarOf("a/ 1", "b/ 1", "c/ 1", "d/ 1"), LARGE);
  const budget = new ReadBudget(2 * CHUNK);
  const reader = new BaseReader([layer], budget);
  const ask = (): Promise<boolean> => reader.ask(() => reader.view.look("d") !== undefined);
  const count = layer.read;
  layer.listing; // What is read is told to the budget by whoever makes the layer.
  budget.spend(2 * CHUNK);
  assert.equal(await ask(), false);
  assert.equal(count.bytes, 0);
});

test("BaseLayer reads what stands behind an archive's end as no part of it", async () => {
  const [first, second] = [await tarOf("a/ 1"), await tarOf("b/ 1")];
  const noise = new Uint8Array(700).fill(65);
  for (const behind of [second, noise]) {
    const bytes = new Uint8Array([...first, ...behind]);
    const layer = new CountedLayer(bytes, LARGE);
    await layer.readAll();
    assert.equal(layer.listing.isComplete, true);
    assert.equal(layer.listing.find("a")?.kind, "directory");
    assert.equal(layer.listing.find("b"), undefined);
  }
});

test("BaseLayer reads an archive without an end, and refuses what is none", async () => {
  const whole = await tarOf("a/ 1");
  const layer = new CountedLayer(whole.slice(0, 512), LARGE);
  await layer.readAll();
  assert.equal(layer.listing.find("a")?.kind, "directory");
  const broken = new CountedLayer(new Uint8Array(1_024).fill(65), LARGE);
  await assert.rejects(broken.readAll(), {
    name: "LayerError",
    message: /^Cannot read the base's layer: .+ at byte 0$/,
  });
});

test("BaseLayer reads no further once it is closed", async () => {
  const layer = new CountedLayer(await tarOf("a/ 1", "b/ 1"), LARGE);
  await layer.readOn();
  await layer.close();
  assert.equal(await layer.readOn(), false);
  assert.equal(layer.read.bytes, CHUNK);
});

test("BaseReader.readFile() reads one layer up to the file, and stops where the budget does", async () => {
  const text = "x".repeat(2 * CHUNK);
  const file = {
    path: "./etc/users",
    type: "file",
    mode: 0o644,
    uid: 0,
    gid: 0,
    mtime: 0,
  } as const;
  const content = new TextEncoder().encode(text);
  const bytes = await collectBytes(
    writeTar([entryOf("a/"), { ...file, size: text.length, content }, entryOf("b/")]),
  );
  const read = async (limit: number): Promise<[string | undefined, number]> => {
    const top = new CountedLayer(await tarOf("etc/other"), LARGE);
    const layer = new CountedLayer(bytes, LARGE);
    for (const one of [top, layer]) await one.readAll();
    layer.read.bytes = 0;
    const budget = new ReadBudget(limit);
    const reader = new BaseReader([top, layer], budget);
    layer.onChunk = (count) => budget.spend(count);
    const found = await reader.readFile("etc/users");
    return [found && new TextDecoder().decode(found), layer.read.bytes];
  };
  assert.deepEqual(await read(Infinity), [text, 4 * CHUNK]);
  assert.deepEqual(await read(4 * CHUNK), [text, 4 * CHUNK]);
  assert.deepEqual(await read(3 * CHUNK), [undefined, 3 * CHUNK]);
});

test("BaseLayer decompresses nothing behind the archive's end, and reads it for the digest", async () => {
  const archive = await tarOf("a/ 1");
  const rest = 50;
  let read = 0;
  let unpacked = 0;
  const layer = new BaseLayer({
    name: "layer",
    size: LARGE,
    createHasher: createSha256,
    codec: {
      ...webCodec,
      decompress: () =>
        async function* (source: ByteStream): ByteStream {
          let isFirst = true;
          for await (const _ of source) {
            yield isFirst ? archive : new Uint8Array(1_000_000);
            isFirst = false;
          }
        },
    },
    open: async function* (): ByteStream {
      yield await Promise.resolve(Uint8Array.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0]));
      for (let index = 0; index < rest; index++) yield new Uint8Array(8);
    },
    onRead: (bytes) => read += bytes,
    onUnpacked: (bytes) => unpacked += bytes,
  });
  await layer.readAll();
  assert.equal(layer.listing.isComplete, true);
  assert.equal(read, 8 * (rest + 1));
  assert.equal(unpacked, archive.length);
});

test("ReadBudget is spent by what is unpacked, too", () => {
  const budget = new ReadBudget(100);
  budget.spend(1);
  budget.spendUnpacked(1_599);
  assert.equal(budget.isSpent, false);
  budget.spendUnpacked(1);
  assert.equal(budget.isSpent, true);
  budget.lift();
  budget.spendUnpacked(1_000_000);
  assert.equal(budget.isSpent, false);
});
