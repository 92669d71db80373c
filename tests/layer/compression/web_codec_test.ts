import assert from "node:assert/strict";
import { test } from "node:test";
import { gunzipSync, gzipSync } from "node:zlib";
import { type Bytes, type ByteStream, concatBytes } from "../../../lib/base/bytes.ts";
import { collectBytes } from "../../../lib/base/collect.ts";
import { webCodec } from "../../../lib/layer/compression/web_codec.ts";

const TEXT = new TextEncoder().encode(
  "The quick brown fox jumps over the lazy dog\n".repeat(20_000),
);

async function* inChunks(bytes: Bytes, size: number): ByteStream {
  for (let start = 0; start < bytes.length; start += size) {
    yield bytes.subarray(start, start + size);
  }
}

test("webCodec.compress() writes gzip that zlib reads, whatever the chunks", async () => {
  for (const size of [1000, 65_536, TEXT.length]) {
    const gzip = await collectBytes(webCodec.compress("gzip")(inChunks(TEXT, size)));
    assert.deepEqual(new Uint8Array(gunzipSync(gzip)), TEXT);
  }
});

test("webCodec.compress() of nothing is an empty gzip member", async () => {
  const gzip = await collectBytes(webCodec.compress("gzip")(inChunks(TEXT.subarray(0, 0), 1)));
  assert.equal(gunzipSync(gzip).length, 0);
});

test("webCodec.decompress() reads what zlib wrote", async () => {
  const gzip = new Uint8Array(gzipSync(TEXT));
  assert.deepEqual(await collectBytes(webCodec.decompress("gzip")(inChunks(gzip, 100))), TEXT);
});

test("webCodec.decompress() refuses gzip that is cut short or broken", async () => {
  const gzip = new Uint8Array(gzipSync(TEXT));
  const broken = gzip.map((byte, index) => index === gzip.length - 6 ? byte ^ 1 : byte);
  for (const bytes of [gzip.subarray(0, -9), broken]) {
    await assert.rejects(collectBytes(webCodec.decompress("gzip")(inChunks(bytes, 1000))));
  }
});

/** Runs an action where WebAssembly is refused, as on workerd. Instances, since the module may have been compiled before. */
function withoutWebAssembly<T>(action: () => T): T {
  const { Instance } = WebAssembly;
  class Refused {
    constructor() {
      throw new WebAssembly.CompileError("Wasm code generation disallowed by embedder");
    }
  }
  Object.assign(WebAssembly, { Instance: Refused });
  try {
    return action();
  } finally {
    Object.assign(WebAssembly, { Instance });
  }
}

test("webCodec.compress() gives the same bytes whatever the chunks, and fewer at a higher level", async () => {
  const lines = Array.from({ length: 20_000 }, (_, i) => `line ${i * 7919 % 1000} of ${i}\n`);
  const text = new TextEncoder().encode(lines.join(""));
  const level = (level: number, size: number): Promise<Bytes> =>
    collectBytes(webCodec.compress("gzip", { level })(inChunks(text, size)));
  const low = await level(1, 1000);
  assert.deepEqual(await level(1, text.length), low);
  assert.ok((await level(9, 1000)).length < low.length);
  assert.throws(() => webCodec.compress("gzip", { level: 10 }), RangeError);
});

test("webCodec.compress() falls back to CompressionStream where WebAssembly is refused", async () => {
  const stage = withoutWebAssembly(() => webCodec.compress("gzip"));
  const gzip = await collectBytes(stage(inChunks(TEXT, 1000)));
  assert.deepEqual(new Uint8Array(gunzipSync(gzip)), TEXT);
  assert.throws(
    () => withoutWebAssembly(() => webCodec.compress("gzip", { level: 9 })),
    /^TypeError: Cannot set a compression level/,
  );
});

test("webCodec refuses zstd by name", () => {
  assert.throws(() => webCodec.compress("zstd"), /^TypeError: Cannot compress with zstd/);
  assert.throws(() => webCodec.decompress("zstd"), /^TypeError: Cannot read zstd/);
});

/** Members as pigz, bgzip and eStargz write them: empty ones, stored ones, one that has a gzip file in it behind zeros. */
const MEMBERS: readonly Bytes[] = [
  new Uint8Array(0),
  TEXT.subarray(0, 100),
  TEXT,
  new Uint8Array(1_000_000),
  new Uint8Array([...new Uint8Array(512), ...gzipSync(TEXT.subarray(0, 50))]),
  TEXT.subarray(0, 7),
  new Uint8Array(0),
];

test("webCodec.decompress() reads all members of a gzip file, wherever its chunks end", async () => {
  // Those with large contents are compressed, the others stored.
  const gzip = concatBytes(
    MEMBERS.map((one) => new Uint8Array(gzipSync(one, { level: one.length > 1_000 ? 6 : 0 }))),
  );
  const plain = concatBytes(MEMBERS);
  for (const size of [7, 1_000, 65_536, gzip.length]) {
    const read = await collectBytes(webCodec.decompress("gzip")(inChunks(gzip, size)))
      .catch((error) => {
        // Node 24 calls a write done before it is, so that an end may be missed; what follows is refused then.
        if (!/^Trailing junk found/.test(error.message)) throw error;
      });
    assert.ok(read === undefined || Buffer.from(read).equals(plain), `chunks of ${size} bytes`);
  }
});

test("webCodec.decompress() refuses what follows the last member and is no gzip", async () => {
  const member = new Uint8Array(gzipSync(TEXT));
  for (const size of [10, 10_000]) {
    const bytes = concatBytes([member, member, TEXT.subarray(0, 20)]);
    await assert.rejects(collectBytes(webCodec.decompress("gzip")(inChunks(bytes, size))));
  }
});

/** Of a stored block the length is at 11, the content at 15, and behind that a trailer of 8 bytes (RFC 1951 §3.2.4, RFC 1952 §2.3.1). */
class OneMember extends TransformStream<Bytes, Bytes> {
  static made = 0;

  constructor() {
    let bytes: Bytes = new Uint8Array(0);
    let given = 15;
    super({
      transform(chunk, controller): void {
        bytes = concatBytes([bytes, chunk]);
        if (bytes.length < 15) return;
        const end = 15 + new DataView(bytes.buffer).getUint16(11, true);
        const ready = Math.min(end, bytes.length);
        // In many chunks, which are read one after the other.
        for (; given < ready; given = Math.min(ready, given + 16)) {
          controller.enqueue(bytes.slice(given, Math.min(ready, given + 16)));
        }
        if (bytes.length > end + 8) controller.error(new TypeError("trailing bytes"));
      },
    });
    OneMember.made++;
  }
}

/** Tells nothing of what it has before its end. */
class LateMembers extends TransformStream<Bytes, Bytes> {
  constructor() {
    const chunks: Bytes[] = [];
    super({
      transform: (chunk) => void chunks.push(chunk.slice()),
      flush: (controller) => controller.enqueue(new Uint8Array(gunzipSync(concatBytes(chunks)))),
    });
  }
}

async function readThrough(
  stage: new () => TransformStream<Bytes, Bytes>,
  gzip: Bytes,
  size: number,
): Promise<Bytes> {
  const { DecompressionStream } = globalThis;
  Object.assign(globalThis, { DecompressionStream: stage });
  try {
    return await collectBytes(webCodec.decompress("gzip")(inChunks(gzip, size)));
  } finally {
    Object.assign(globalThis, { DecompressionStream });
  }
}

test("webCodec.decompress() reads members where each stage takes one alone, as on workerd and in Chromium", async () => {
  const stored = MEMBERS.filter(({ length }) => length < 60_000);
  const gzip = concatBytes(stored.map((one) => new Uint8Array(gzipSync(one, { level: 0 }))));
  for (const size of [1, 7, 100, gzip.length]) {
    OneMember.made = 0;
    assert.deepEqual(await readThrough(OneMember, gzip, size), concatBytes(stored));
    assert.equal(OneMember.made, stored.length);
  }
});

test("webCodec.decompress() reads members where a stage takes several, and gives them late, as on Node", async () => {
  const gzip = concatBytes(MEMBERS.map((one) => new Uint8Array(gzipSync(one, { level: 0 }))));
  const read = await readThrough(LateMembers, gzip, 65_536);
  assert.ok(Buffer.from(read).equals(concatBytes(MEMBERS)));
});

test("webCodec passes the error of its source on", async () => {
  async function* failing(): ByteStream {
    yield await Promise.resolve(TEXT);
    throw new Error("the disk is gone");
  }
  await assert.rejects(collectBytes(webCodec.compress("gzip")(failing())), /the disk is gone/);
});

test("webCodec ends its source when it is ended early", async () => {
  const log: string[] = [];
  async function* endless(): ByteStream {
    try {
      while (true) yield crypto.getRandomValues(new Uint8Array(65_536));
    } finally {
      log.push("ended");
    }
  }
  for await (const _chunk of webCodec.compress("gzip")(endless())) break;
  assert.deepEqual(log, ["ended"]);
});

test("webCodec reads no further ahead than a reader asks for", async () => {
  let given = 0;
  async function* counted(): ByteStream {
    for (; given < 1000; given++) yield crypto.getRandomValues(new Uint8Array(65_536));
  }
  const compressed = webCodec.compress("gzip")(counted())[Symbol.asyncIterator]();
  await compressed.next();
  await compressed.next();
  // A stage that swallows everything would have done so while other work ran.
  for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
  assert.ok(given < 40, `${given} chunks were taken`);
  await compressed.return?.();
});
