import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import * as zlib from "node:zlib";
import type { Bytes, ByteStream } from "../../../lib/base/bytes.ts";
import { collectBytes } from "../../../lib/base/collect.ts";
import { createSha256 } from "../../../lib/base/hash/sha256.ts";
import { createThreadedCodec } from "../../../lib/host/compression/threaded_codec.ts";
import { LayerListing } from "../../../lib/layer/base/layer_listing.ts";
import { LayerScanner } from "../../../lib/layer/base/layer_scanner.ts";
import type { Codec } from "../../../lib/layer/compression/codec.ts";
import { webCodec } from "../../../lib/layer/compression/web_codec.ts";
import { type PackedLayer, packLayer } from "../../../lib/layer/pack.ts";
import { readTable } from "../../../lib/layer/table/read_table.ts";
import type { TarEntry } from "../../../lib/tar/entry.ts";
import { writeTar } from "../../../lib/tar/writer.ts";
import { hasZstd } from "./tabled_layers.ts";

const COMMON = { mode: 0o755, uid: 0, gid: 0, mtime: 1_000_000_000, size: 0 };

function file(path: string, content: Uint8Array | string): TarEntry {
  const bytes = new Uint8Array(
    typeof content === "string" ? new TextEncoder().encode(content) : content,
  );
  return {
    ...COMMON,
    path,
    mode: 0o4644,
    uid: 5,
    type: "file",
    size: bytes.length,
    content: bytes,
  };
}

const LARGE = Uint8Array.from(
  { length: 9_000_001 },
  (_, at) => at % 251 ^ (Math.imul(at, 2654435761) >>> 24),
);
const LONG = `srv/${"long/".repeat(60)}name`;

const ENTRIES: readonly TarEntry[] = [
  { ...COMMON, path: "srv/", type: "directory" },
  file("srv/a", "one"),
  file("srv/empty", ""),
  file(LONG, "a long name"),
  file("srv/large", LARGE),
  file("srv/z", "z".repeat(512)),
  { ...COMMON, path: "srv/hard", type: "hard-link", linkPath: "srv/z" },
  { ...COMMON, path: "srv/link", type: "symlink", linkPath: "z" },
  { ...file("srv/x", "x"), records: [["SCHILY.xattr.user.é", "ü"]] },
  file("srv/.wh.gone", ""),
];

type Format = "estargz" | "zstd:chunked";

async function pack(
  format: Format,
  { codec, chunkSize = 100_000, entries = ENTRIES }: {
    readonly codec: Codec;
    readonly chunkSize?: number;
    readonly entries?: readonly TarEntry[];
  },
): Promise<{ blob: Bytes; packed: PackedLayer }> {
  const tar = await collectBytes(writeTar(entries));
  async function* open(): AsyncIterable<Uint8Array> {
    const memory = new Uint8Array(chunkSize);
    for (let at = 0; at < tar.length; at += chunkSize) {
      const part = tar.subarray(at, at + chunkSize);
      // What was given may be gone when the next one is asked for.
      memory.set(part);
      yield await Promise.resolve(memory.subarray(0, part.length));
    }
  }
  const packed = packLayer(open, { codec, createHasher: createSha256, compression: format });
  return { blob: await collectBytes(packed.open()), packed };
}

const sha256 = (bytes: Uint8Array): string =>
  `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

/** Reads a table with nothing of the library's own. */
function tableOf(format: Format, blob: Bytes, packed: PackedLayer): Record<string, unknown>[] {
  const annotations = packed.annotations ?? {};
  if (format === "zstd:chunked") {
    const position = annotations["io.github.containers.zstd-chunked.manifest-position"] ?? "";
    const [start = 0, length = 0, plain = 0] = position.split(":").map(Number);
    const bytes = blob.subarray(start, start + length);
    assert.equal(
      sha256(bytes),
      annotations["io.github.containers.zstd-chunked.manifest-checksum"],
    );
    assert.equal(new DataView(blob.buffer).getUint32(start - 8, true), 0x184d2a50);
    assert.equal(new TextDecoder().decode(blob.subarray(-8)), "GNUlInUx");
    const json = zlib.zstdDecompressSync(bytes);
    assert.equal(json.length, plain);
    return JSON.parse(new TextDecoder().decode(json)).entries;
  }
  const footer = blob.subarray(-51);
  const start = parseInt(new TextDecoder().decode(footer.subarray(16, 32)), 16);
  const tar = zlib.gunzipSync(blob.subarray(start, -51));
  const size = parseInt(new TextDecoder().decode(tar.subarray(124, 135)), 8);
  assert.match(new TextDecoder().decode(tar.subarray(0, 20)), /^stargz\.index\.json\0/);
  const json = new Uint8Array(tar.subarray(512, 512 + size));
  assert.equal(sha256(json), annotations["containerd.io/snapshot/stargz/toc.digest"]);
  return JSON.parse(new TextDecoder().decode(json)).entries;
}

/** The whole of a layer, as an engine that knows no tables reads it. */
async function plainOf(format: Format, blob: Bytes): Promise<Bytes> {
  if (format === "estargz") return new Uint8Array(zlib.gunzipSync(blob));
  async function* one(): ByteStream {
    yield await Promise.resolve(blob);
  }
  return await collectBytes(codec.decompress("zstd")(one()));
}

/** The archive of a layer, without the table behind its end. */
function archiveOf(plain: Bytes): Bytes {
  const table = new TextDecoder("latin1").decode(plain).lastIndexOf("stargz.index.json");
  return table < 0 ? plain : plain.slice(0, table);
}

const formats: readonly Format[] = hasZstd ? ["estargz", "zstd:chunked"] : ["estargz"];
const codec = createThreadedCodec({ threads: 0 });

for (const format of formats) {
  test(`a layer in ${format} is read whole by who knows no tables, and file by file by who does`, async () => {
    const { blob, packed } = await pack(format, { codec });
    const plain = await plainOf(format, blob);
    assert.equal(sha256(plain), packed.diffId);
    assert.equal(plain.length, packed.uncompressedSize);
    const entries = tableOf(format, blob, packed);
    const decompress = format === "estargz" ? zlib.gunzipSync : zlib.zstdDecompressSync;
    const offsets = entries.flatMap(({ offset }) => typeof offset === "number" ? [offset] : []);
    for (const { path, type, size, content } of ENTRIES) {
      const own = entries.filter(({ name }) => name === path);
      assert.ok(own.length > 0, path);
      if (type !== "file" || size === 0) continue;
      const chunks = own.map((chunk) => {
        const offset = Number(chunk["offset"]);
        // A member or frame goes up to the next one at the most.
        const next = offsets.find((other) => other > offset) ?? blob.length;
        const length = Number(chunk["chunkSize"] ?? size - Number(chunk["chunkOffset"] ?? 0));
        // Headers may follow in members of their own.
        const bytes = decompress(blob.subarray(offset, next)).subarray(0, length);
        if (chunk["chunkDigest"] !== undefined) assert.equal(sha256(bytes), chunk["chunkDigest"]);
        return bytes;
      });
      const whole = Buffer.concat(chunks).subarray(0, size);
      assert.equal(sha256(whole), sha256(content as Uint8Array), path);
      assert.equal(own[0]?.["digest"], sha256(whole));
    }
  });

  test(`a table in ${format} says what the archive says`, async () => {
    const { blob, packed } = await pack(format, { codec });
    const table = await readTable({
      size: blob.length,
      annotations: packed.annotations ?? {},
      getPart: (start, length) => Promise.resolve(blob.slice(start, start + length)),
      codec,
      createHasher: createSha256,
    });
    const streamed = new LayerListing();
    await new LayerScanner(streamed, createSha256).write(archiveOf(await plainOf(format, blob)));
    assert.ok(table);
    assert.deepEqual([...table.entries()], [...streamed.entries()]);
    assert.deepEqual([...table.removals().whiteouts], ["srv/gone"]);
  });

  test(`a layer in ${format} is the same bytes whatever chunks the archive comes in, and on any number of threads`, async () => {
    const { blob } = await pack(format, { codec });
    for (const chunkSize of [511, 513, 1 << 20, 1 << 26]) {
      const other = await pack(format, { codec, chunkSize });
      assert.equal(sha256(other.blob), sha256(blob));
    }
    const threaded = await pack(format, { codec: createThreadedCodec({ threads: 2 }) });
    assert.equal(sha256(threaded.blob), sha256(blob));
  });
}

test("a layer in estargz is the same bytes where there are web standards alone", async () => {
  const [host, web] = [
    await pack("estargz", { codec }),
    await pack("estargz", { codec: webCodec }),
  ];
  assert.equal(sha256(web.blob), sha256(host.blob));
});

test("a table of many entries, which is held in pieces, says what the archive says", async () => {
  const entries = Array.from({ length: 3_000 }, (_, at) => file(`srv/file-${at}`, `${at}`));
  const codecs = { estargz: [codec, webCodec], "zstd:chunked": hasZstd ? [codec] : [] } as const;
  for (const [format, all] of Object.entries(codecs) as [Format, readonly Codec[]][]) {
    for (const codec of all) {
      const { blob, packed } = await pack(format, { codec, entries });
      const table = tableOf(format, blob, packed);
      const names = table.map(({ name }) => name).filter((name) =>
        `${name}`.startsWith("srv/file-")
      );
      assert.deepEqual(names, entries.map(({ path }) => path));
    }
  }
});

test("a layer in zstd:chunked is a TypeError where there is no zstd", async () => {
  await assert.rejects(
    pack("zstd:chunked", { codec: webCodec }),
    (error) => error instanceof TypeError && /Deno, Bun, and Node 22\.15/.test(error.message),
  );
});
