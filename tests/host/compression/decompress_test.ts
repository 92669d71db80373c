import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { test } from "node:test";
import zlib from "node:zlib";
import type { Bytes, ByteStream } from "../../../lib/base/bytes.ts";
import { collectBytes } from "../../../lib/base/collect.ts";
import { decompress } from "../../../lib/host/compression/decompress.ts";
import { hasZstd } from "../../../lib/host/compression/zstd.ts";

const FORMATS: readonly ("gzip" | "zstd")[] = hasZstd() ? ["gzip", "zstd"] : ["gzip"];
const noZstd = hasZstd() ? false : "this runtime has no zstd";

function bytes(data: string | Uint8Array): Bytes {
  return new Uint8Array(Buffer.from(data as string));
}

function sample(size: number): Bytes {
  let state = 7;
  return new Uint8Array(size).map((_, index) => {
    state = (state * 1103515245 + 12345) >>> 0;
    return index % 3 === 0 ? state >>> 24 : index >>> 8;
  });
}

async function* stream(data: Bytes, size = data.length || 1): ByteStream {
  for (let at = 0; at < data.length; at += size) yield data.slice(at, at + size);
}

function compress(format: "gzip" | "zstd", data: Uint8Array): Bytes {
  return bytes(format === "gzip" ? zlib.gzipSync(data) : zlib.zstdCompressSync(data));
}

function unpack(format: "gzip" | "zstd", data: Uint8Array, size?: number): Promise<Bytes> {
  return collectBytes(decompress(format)(stream(bytes(data), size)));
}

for (const format of FORMATS) {
  test(`decompress() reads ${format} whatever the chunks`, async () => {
    for (const data of [sample(1_000_000), new Uint8Array()]) {
      const packed = compress(format, data);
      for (const size of [1_000_000, 262_144, 4_097]) {
        assert.deepEqual(await unpack(format, packed, size), data);
      }
    }
  });

  test(`decompress() decompresses everything that follows in ${format}`, async () => {
    const parts = ["one", "two", "three"].map((text) => compress(format, Buffer.from(text)));
    const joined = Buffer.concat(parts);
    for (const size of [joined.length, 1, 7]) {
      assert.equal(Buffer.from(await unpack(format, joined, size)).toString(), "onetwothree");
    }
  });

  test(`decompress() rejects ${format} that is cut short anywhere`, async () => {
    const whole = Buffer.concat([compress(format, sample(300)), compress(format, sample(200))]);
    const boundary = compress(format, sample(300)).length;
    for (let length = 0; length < whole.length; length++) {
      if (length === boundary) continue;
      await assert.rejects(
        unpack(format, whole.subarray(0, length)),
        { name: "TypeError", message: new RegExp(`^Cannot decompress ${format} data: `) },
        `at ${length}`,
      );
    }
  });

  test(`decompress() rejects what follows ${format} and is none`, async () => {
    const whole = compress(format, Buffer.from("x"));
    for (const garbage of ["x", "\0", "\0".repeat(600), "a tar, perhaps", "\x1f\x8b\x08"]) {
      const data = Buffer.concat([whole, Buffer.from(garbage, "latin1")]);
      for (const size of [data.length, 1, whole.length]) {
        await assert.rejects(unpack(format, data, size), TypeError, JSON.stringify(garbage));
      }
    }
  });

  test(`decompress() ends the source of ${format} when its reader stops`, async () => {
    let ended = false;
    const packed = compress(format, sample(3_000_000));
    async function* source(): ByteStream {
      try {
        yield* stream(packed, 65_536);
        while (true) yield sample(65_536);
      } finally {
        ended = true;
      }
    }
    for await (const _chunk of decompress(format)(source())) break;
    assert.ok(ended);
  });

  test(`decompress() passes on what the source of ${format} throws`, async () => {
    const failure = new Error("the source failed");
    async function* source(): ByteStream {
      yield compress(format, sample(100)).subarray(0, 20);
      throw failure;
    }
    await assert.rejects(collectBytes(decompress(format)(source())), failure);
  });

  test(`decompress() reads no more ${format} than its reader takes`, async () => {
    const bomb = compress(format, new Uint8Array(64 * 1024 * 1024));
    let given = 0;
    async function* source(): ByteStream {
      for (let count = 0; count < 100; count++) {
        given++;
        yield bomb.slice();
      }
    }
    let read = 0;
    for await (const chunk of decompress(format)(source())) {
      read += chunk.length;
      if (read > 4 * 1024 * 1024) break;
    }
    assert.ok(given <= 2, `${given} chunks were taken`);
    assert.ok(read < 8 * 1024 * 1024, `${read} bytes came at once`);
  });
}

test("decompress() rejects gzip with a wrong checksum", async () => {
  const packed = compress("gzip", sample(100));
  const at = packed.length - 6;
  packed[at] = (packed[at] ?? 0) ^ 1;
  await assert.rejects(unpack("gzip", packed), TypeError);
});

test("decompress() leaves skippable zstd frames out", { skip: noZstd }, async () => {
  const skippable = Buffer.from([0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
  const empty = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0]);
  const frames = ["a", "b"].map((text) => compress("zstd", Buffer.from(text)));
  const data = Buffer.concat([skippable, frames[0] ?? empty, empty, frames[1] ?? empty, skippable]);
  for (const size of [data.length, 1, 5]) {
    assert.equal(Buffer.from(await unpack("zstd", data, size)).toString(), "ab");
  }
});

test("decompress() says so where the runtime has no zstd", { skip: hasZstd() && "it has" }, () => {
  assert.throws(() => decompress("zstd"), { message: /^Cannot decompress zstd: / });
});
