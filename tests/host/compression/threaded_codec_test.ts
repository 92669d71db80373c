import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import zlib from "node:zlib";
import type { Bytes, ByteStream } from "../../../lib/base/bytes.ts";
import { createThreadedCodec, threadsFor } from "../../../lib/host/compression/threaded_codec.ts";

const MIB = 1024 * 1024;

/** Half text, half noise, so that there is something to find and something that is not to be found. */
function someBytes(size: number): Bytes {
  const bytes = new Uint8Array(size);
  const text = new TextEncoder().encode("The quick brown fox jumps over the lazy dog. ");
  for (let offset = 0; offset < size; offset += 64) {
    const part = offset % 128 === 0 ? text : randomBytes(64);
    bytes.set(part.subarray(0, Math.min(part.length, size - offset)), offset);
  }
  return bytes;
}

async function* chunked(bytes: Bytes, chunkSize: () => number): ByteStream {
  for (let offset = 0; offset < bytes.length;) {
    const size = chunkSize();
    yield bytes.subarray(offset, offset + size);
    offset += size;
  }
}

async function compress(
  bytes: Bytes,
  { format = "gzip", threads, level, chunkSize = 65_536 }: {
    format?: "gzip" | "zstd";
    threads?: number;
    level?: number;
    chunkSize?: number | (() => number);
  } = {},
): Promise<Buffer> {
  const size = typeof chunkSize === "number" ? () => chunkSize : chunkSize;
  const chunks: Bytes[] = [];
  const stage = createThreadedCodec({ threads }).compress(format, { level });
  for await (const chunk of stage(chunked(bytes, size))) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

const noise = new Uint8Array(randomBytes(MIB));

const hasZstd = typeof zlib.zstdCompressSync === "function";
const zstdSkip = hasZstd ? false : "this runtime's node:zlib has no zstd";
const FORMATS = [["gzip", false], ["zstd", zstdSkip]] as const;

/** A command that decompresses a file, and the format that it reads. */
const READERS = [["gzip", "gzip"], ["gzip", "pigz"], ["zstd", "zstd"]] as const;

for (const [format, command] of READERS) {
  const missing = spawnSync(command, ["--version"]).error !== undefined;
  const skip = missing ? `${command} is not installed` : format === "zstd" ? zstdSkip : false;
  test(`createThreadedCodec() writes ${format} that ${command} reads`, { skip }, async () => {
    const directory = mkdtempSync(join(tmpdir(), "threaded-codec-"));
    try {
      for (const size of [0, 1, MIB, 4 * MIB, 7 * MIB + 12_345]) {
        const bytes = someBytes(size);
        // A file, because Deno's spawnSync writes all of an input before it reads the first of an output, and so waits for ever.
        const file = join(directory, format === "gzip" ? "layer.gz" : "layer.zst");
        writeFileSync(file, await compress(bytes, { format, threads: 2 }));
        const { stdout, status, stderr } = spawnSync(command, ["-dc", file], {
          maxBuffer: 16 * MIB,
        });
        assert.equal(status, 0, stderr.toString());
        assert.equal(sha256(stdout), sha256(bytes), `size ${size}`);
      }
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
}

test("createThreadedCodec() writes one gzip member, which a DecompressionStream reads to its end", async () => {
  const bytes = someBytes(6 * MIB + 1);
  const compressed = await compress(bytes, { threads: 2 });
  // RFC 1952 §2.3: no flags and no time, so that the same input gives the same bytes.
  assert.deepEqual([...compressed.subarray(0, 8)], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0]);
  const stream = new Blob([new Uint8Array(compressed)]).stream().pipeThrough(
    new DecompressionStream("gzip"),
  );
  assert.equal(sha256(new Uint8Array(await new Response(stream).arrayBuffer())), sha256(bytes));
});

for (const [format, skip] of FORMATS) {
  test(
    `createThreadedCodec() gives the same ${format} bytes for any number of threads`,
    { skip },
    async () => {
      const bytes = someBytes(9 * MIB + 54_321);
      const expected = sha256(await compress(bytes, { format, threads: 0 }));
      for (const threads of [1, 2, 4]) {
        assert.equal(sha256(await compress(bytes, { format, threads })), expected, `${threads}`);
      }
    },
  );

  test(
    `createThreadedCodec() gives the same ${format} bytes for any chunking`,
    { skip },
    async () => {
      const bytes = someBytes(6 * MIB + 4_321);
      const expected = sha256(await compress(bytes, { format }));
      for (const most of [bytes.length, 3 * MIB, MIB + 1, 100_000]) {
        const sizes: number[] = [];
        const chunkSize = (): number => {
          sizes.push(Math.floor(Math.random() * most));
          return sizes.at(-1) ?? 0;
        };
        assert.equal(
          sha256(await compress(bytes, { format, threads: 2, chunkSize })),
          expected,
          `chunks of ${sizes}`,
        );
      }
    },
  );

  test(`createThreadedCodec() reads its own ${format}`, { skip }, async () => {
    const bytes = someBytes(5 * MIB);
    const compressed = new Uint8Array(await compress(bytes, { format }));
    const hash = createHash("sha256");
    const stage = createThreadedCodec().decompress(format);
    for await (const chunk of stage(chunked(compressed, () => 70_000))) hash.update(chunk);
    assert.equal(hash.digest("hex"), sha256(bytes));
  });

  test(`createThreadedCodec() makes ${format} smaller at a higher level`, { skip }, async () => {
    const bytes = new TextEncoder().encode(
      Array.from({ length: 50_000 }, (_, i) => `line ${i * 7919 % 1000} of ${i}\n`).join(""),
    );
    const [low, high] = [
      await compress(bytes, { format, level: 1 }),
      await compress(bytes, { format, level: format === "gzip" ? 9 : 19 }),
    ];
    assert.ok(high.length < low.length, `${high.length} is not below ${low.length}`);
  });
}

for (const [format, level] of [["gzip", 0], ["gzip", 10], ["gzip", 1.5], ["zstd", 23]] as const) {
  test(`createThreadedCodec() refuses ${format} at level ${level}`, () => {
    assert.throws(() => createThreadedCodec().compress(format, { level }), RangeError);
  });
}

test(
  "createThreadedCodec() says so where the runtime has no zstd",
  { skip: hasZstd && "it has" },
  () => {
    const message = /^Cannot compress zstd: /;
    assert.throws(() => createThreadedCodec().compress("zstd"), { message });
  },
);

test("threadsFor() takes a thread for each core, never fewer for more of them, and at most eight", () => {
  const threads = Array.from({ length: 64 }, (_, index) => threadsFor(index + 1));
  assert.deepEqual(threads.slice(0, 9), [1, 2, 3, 4, 5, 6, 7, 8, 8]);
  assert.deepEqual(threads, threads.toSorted((a, b) => a - b));
  assert.equal(Math.max(...threads), 8);
  // What a system says that does not know.
  assert.equal(threadsFor(0), 1);
});

/** Reads so many bytes of endless noise, which does not get smaller, in two threads; returns how many blocks were read for them. */
async function blocksReadFor(bytes: number): Promise<number> {
  let blocksRead = 0;
  async function* endless(): ByteStream {
    while (true) {
      blocksRead++;
      yield noise;
    }
  }
  const iterator = createThreadedCodec({ threads: 2 }).compress("gzip")(endless())
    [Symbol.asyncIterator]();
  let bytesGiven = 0;
  while (bytesGiven < bytes) bytesGiven += (await iterator.next()).value?.length ?? 0;
  // What is begun for later goes on meanwhile.
  for (let i = 0; i < 50; i++) await new Promise((resolve) => setImmediate(resolve));
  await iterator.return?.();
  return blocksRead;
}

test("createThreadedCodec() reads no more than some blocks ahead of its reader", async () => {
  const blocksRead = await blocksReadFor(24 * MIB);
  assert.ok(blocksRead <= 24 + 9, `${blocksRead} blocks were read for 24`);
});

test("createThreadedCodec() starts no threads for some megabytes that do not get smaller", async () => {
  // Threads would be given blocks ahead of the reader.
  const blocksRead = await blocksReadFor(10 * MIB);
  assert.ok(blocksRead <= 10, `${blocksRead} blocks were read for 10`);
});

test("createThreadedCodec() ends its source and its threads when its reader stops early", async () => {
  let ended = false;
  let blocksRead = 0;
  let blocksBefore = 0;
  async function* endless(): ByteStream {
    try {
      while (true) {
        blocksRead++;
        // So slow that what is asked for ahead has not all come.
        await new Promise((resolve) => setTimeout(resolve, 5));
        yield noise;
      }
    } finally {
      ended = true;
    }
  }
  let bytesGiven = 0;
  for await (const { length } of createThreadedCodec({ threads: 2 }).compress("gzip")(endless())) {
    bytesGiven += length;
    blocksBefore = blocksRead;
    if (bytesGiven > 24 * MIB) break;
  }
  assert.ok(ended);
  assert.ok(blocksRead <= blocksBefore + 1, `${blocksRead - blocksBefore} more blocks were read`);
});

test("createThreadedCodec() passes on the error of its source", async () => {
  async function* failing(): ByteStream {
    for (let i = 0; i < 8; i++) yield new Uint8Array(MIB);
    throw new Error("The disk is gone");
  }
  const stage = createThreadedCodec({ threads: 2 }).compress("gzip");
  await assert.rejects(async () => {
    for await (const _ of stage(failing())) { /* read on */ }
  }, /The disk is gone/);
});
