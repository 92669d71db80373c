import assert from "node:assert/strict";
import { test } from "node:test";
import { gunzipSync, gzipSync } from "node:zlib";
import type { Bytes, ByteStream } from "../../lib/base/bytes.ts";
import { collectBytes } from "../../lib/base/collect.ts";
import { createSha256 } from "../../lib/base/hash/sha256.ts";
import type { LayerInput } from "../../lib/layer/layer_input.ts";
import { type PackedLayer, packLayer } from "../../lib/layer/pack.ts";
import type { PackOptions } from "../../lib/layer/packing_options.ts";
import { webCodec } from "../../lib/layer/compression/web_codec.ts";
import { sha256, tarOf } from "../image/fake_images.ts";

const TAR = tarOf("hello.txt", "hello ".repeat(50_000));

const pack = (input: LayerInput, options: Partial<PackOptions> = {}): PackedLayer =>
  packLayer(input, { codec: webCodec, createHasher: createSha256, ...options });

async function* inChunks(bytes: Bytes, size: number, log: string[] = []): ByteStream {
  try {
    for (let start = 0; start < bytes.length; start += size) yield bytes.slice(start, start + size);
  } finally {
    log.push("ended");
  }
}

test("packLayer() compresses a plain archive and describes it", async () => {
  const layer = pack(TAR);
  const bytes = await collectBytes(layer.open());
  assert.deepEqual(new Uint8Array(gunzipSync(bytes)), TAR);
  assert.equal(layer.diffId, sha256(TAR));
  assert.equal(layer.uncompressedSize, TAR.length);
  assert.equal(layer.compression, "gzip");
});

test("packLayer() leaves an archive as it is where no compression is wanted", async () => {
  const layer = pack(TAR, { compression: "none" });
  assert.deepEqual(await collectBytes(layer.open()), TAR);
  assert.equal(layer.compression, "none");
});

test("packLayer() passes compressed input through, whatever the chunks", async () => {
  const gzip = new Uint8Array(gzipSync(TAR, { level: 2 }));
  for (const size of [1, 100, gzip.length]) {
    for (const compression of ["keep", "gzip"] as const) {
      const layer = pack(() => inChunks(gzip, size), { compression });
      assert.deepEqual(await collectBytes(layer.open()), gzip);
      assert.equal(layer.diffId, sha256(TAR));
      assert.equal(layer.uncompressedSize, TAR.length);
      assert.equal(layer.compression, "gzip");
    }
  }
});

test("packLayer() takes a function that opens its stream later, as often as it is read", async () => {
  let count = 0;
  const layer = pack(async () => {
    count++;
    return await Promise.resolve(new Blob([TAR]).stream());
  }, { compression: "none" });
  for (let times = 1; times <= 2; times++) {
    assert.deepEqual(await collectBytes(layer.open()), TAR);
    assert.equal(count, times);
  }
});

test("packLayer() says what it takes to programs without types", async () => {
  const expected = "expected bytes, a Blob, a stream, or a function that opens one, got";
  for (const [flawed, got] of [["site.tar", "string"], [5, "number"], [undefined, "undefined"]]) {
    assert.throws(() => pack(flawed as never), {
      name: "TypeError",
      message: `Cannot use a layer: ${expected} a value of type ${got}`,
    });
  }
  await assert.rejects(collectBytes(pack((() => Promise.resolve(null)) as never).open()), {
    name: "TypeError",
    message: `Cannot open a layer: its function returned none: ${expected} null`,
  });
});

test("packLayer() reads input that uses the memory of its chunks again", async () => {
  const tar = tarOf("hello.txt", "hello ".repeat(900));
  const gzip = new Uint8Array(gzipSync(tar));
  async function* inPlace(bytes: Bytes, size: number): ByteStream {
    const memory = new Uint8Array(size);
    for (let start = 0; start < bytes.length; start += size) {
      const chunk = bytes.subarray(start, start + size);
      memory.set(chunk);
      yield memory.subarray(0, chunk.length);
      memory.fill(0);
    }
  }
  const edit = (source: ByteStream): ByteStream => inChunksOf(collectBytes(source));
  for (const size of [3, 1000]) {
    const plain = pack(() => inPlace(tar, size), { compression: "none" });
    assert.deepEqual(await collectBytes(plain.open()), tar);
    const passed = pack(() => inPlace(gzip, size));
    assert.deepEqual(await collectBytes(passed.open()), gzip);
    for (const input of [tar, gzip]) {
      for (const edits of [{}, { edit }]) {
        const layer = pack({ name: "the layer", input: () => inPlace(input, size), ...edits });
        assert.deepEqual(new Uint8Array(gunzipSync(await collectBytes(layer.open()))), tar);
        assert.equal(layer.diffId, sha256(tar));
      }
    }
  }
});

async function* inChunksOf(bytes: Promise<Bytes>): ByteStream {
  yield await bytes;
}

test("packLayer() decompresses input that is wanted plain", async () => {
  const layer = pack(new Uint8Array(gzipSync(TAR)), { compression: "none" });
  assert.deepEqual(await collectBytes(layer.open()), TAR);
  assert.equal(layer.diffId, sha256(TAR));
});

test("packLayer() rewrites an archive, and takes the diffId of what comes out", async () => {
  const other = tarOf("other.txt", "other");
  async function* edit(source: ByteStream): ByteStream {
    await collectBytes(source);
    yield other;
  }
  for (const input of [TAR, new Uint8Array(gzipSync(TAR))]) {
    const layer = pack({ name: "the layer", input, edit });
    const bytes = await collectBytes(layer.open());
    assert.deepEqual(new Uint8Array(gunzipSync(bytes)), other);
    assert.equal(layer.diffId, sha256(other));
  }
});

test("packLayer() refuses zstd at once where the runtime cannot read it, and waits for nobody", async () => {
  const log: string[] = [];
  const zstd = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, ...new Uint8Array(100));
  const layer = pack(() => inChunks(zstd, 50, log));
  await assert.rejects(collectBytes(layer.open()), {
    name: "TypeError",
    message: "Cannot read zstd: this runtime has no zstd",
  });
  assert.deepEqual(log, ["ended"]);
});

test("packLayer() shows every entry and counts what it reads", async () => {
  const paths: string[] = [];
  let read = 0;
  const layer = pack(TAR, {
    onEntry: ({ path }) => paths.push(path),
    onProgress: (bytes) => read = bytes,
  });
  await collectBytes(layer.open());
  assert.deepEqual(paths, ["hello.txt"]);
  assert.equal(read, TAR.length);
});

test("packLayer() describes nothing before the end, and anew after a second reading", async () => {
  // As it is: a compressor reads a small archive to its end before its first byte comes out.
  const layer = pack(TAR, { compression: "none" });
  assert.throws(() => layer.diffId, /it was not read to its end/);
  await collectBytes(layer.open());
  const again = layer.open()[Symbol.asyncIterator]();
  await again.next();
  assert.throws(() => layer.diffId, TypeError);
  await again.return?.();
  const rest = await collectBytes(layer.open(10));
  assert.equal(rest.length, (await collectBytes(layer.open())).length - 10);
});

test("packLayer() reads a stream once and says so", async () => {
  const layer = pack(inChunks(TAR, 1000));
  assert.equal(layer.replayable, false);
  await collectBytes(layer.open());
  await assert.rejects(collectBytes(layer.open()), /give a function that opens it/);
  assert.equal(pack(TAR).replayable, true);
});

for (
  const [kind, bytes] of [["plain", TAR], ["compressed", new Uint8Array(gzipSync(TAR))]] as const
) {
  test(`packLayer() ends ${kind} input that is not read to its end`, async () => {
    const log: string[] = [];
    const reader = pack(inChunks(bytes, 100, log)).open()[Symbol.asyncIterator]();
    await reader.next();
    await reader.return?.();
    assert.deepEqual(log, ["ended"]);
  });

  test(`packLayer() passes the error of ${kind} input on as it is`, async () => {
    async function* failing(): ByteStream {
      yield* inChunks(bytes.slice(0, 600), 100);
      throw new RangeError("the disk is gone");
    }
    for (const compression of ["keep", "none"] as const) {
      await assert.rejects(collectBytes(pack(failing(), { compression }).open()), {
        name: "RangeError",
        message: "the disk is gone",
      });
    }
  });

  test(`packLayer() never lets ${kind} garbage end well`, async () => {
    const trailing = Uint8Array.from([...TAR, ...new Uint8Array(512).fill(65)]);
    const input = kind === "plain" ? trailing : new Uint8Array(gzipSync(trailing));
    const log: string[] = [];
    await assert.rejects(collectBytes(pack(inChunks(input, 50, log)).open()), {
      name: "LayerError",
      message: /^Cannot use the layer: it is not a whole tar archive: .* at byte \d+$/,
    });
    assert.deepEqual(log, ["ended"]);
  });
}
