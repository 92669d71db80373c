import assert from "node:assert/strict";
import { test } from "node:test";
import type { Bytes, ByteStream } from "../../../lib/base/bytes.ts";
import type { Codec } from "../../../lib/layer/compression/codec.ts";
import { unpack } from "../../../lib/layer/compression/unpack.ts";

const MIB = 1024 * 1024;

/** Makes so many times as much of each chunk. */
function swelling(times: number): Codec {
  const chunk = new Uint8Array(MIB);
  return {
    decompress: () =>
      async function* (source: ByteStream): ByteStream {
        for await (const { length } of source) {
          for (let left = length * times; left > 0; left -= MIB) yield chunk.subarray(0, left);
        }
      },
  } as unknown as Codec;
}

async function* chunksOf(count: number): ByteStream {
  const chunk: Bytes = new Uint8Array(100_000);
  for (let index = 0; index < count; index++) yield await Promise.resolve(chunk);
}

async function sizeOf(stream: ByteStream): Promise<number> {
  let size = 0;
  for await (const { length } of stream) size += length;
  return size;
}

test("unpack() ends what is out of all proportion, and nothing else", async () => {
  const what = "the layer";
  const read = (count: number, times: number): Promise<number> =>
    sizeOf(unpack(chunksOf(count), "gzip", { codec: swelling(times), what }));
  // Gigabytes of zeros may come of anything.
  assert.equal(await read(10, 10_000), 10_000_000_000);
  assert.equal(await read(3_000, 64), 19_200_000_000);
  await assert.rejects(read(20, 10_000), {
    name: "RangeError",
    message: "Cannot read the layer: it unpacks to more than 16 GiB and 64 times its size",
  });
});

test("unpack() tells how much has come", async () => {
  let told = 0;
  const onUnpacked = (bytes: number): void => void (told += bytes);
  await sizeOf(unpack(chunksOf(2), "zstd", { codec: swelling(30), what: "it", onUnpacked }));
  assert.equal(told, 6_000_000);
});
