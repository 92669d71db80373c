/** Every row of the table of archives: what becomes of it, plain and compressed, from a file and from a stream. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { gunzipSync, gzipSync } from "node:zlib";
import { type Bytes, concatBytes } from "../../lib/base/bytes.ts";
import { collectBytes } from "../../lib/base/collect.ts";
import { createSha256 } from "../../lib/base/hash/sha256.ts";
import { checkEntry } from "../../lib/layer/check_entry.ts";
import { webCodec } from "../../lib/layer/compression/web_codec.ts";
import { editEntries } from "../../lib/layer/edit_entries.ts";
import type { LayerInput, NamedLayerInput } from "../../lib/layer/layer_input.ts";
import { LayerError } from "../../lib/layer/layer_error.ts";
import { type PackedLayer, packLayer } from "../../lib/layer/pack.ts";
import type { PackOptions } from "../../lib/layer/packing_options.ts";
import type { Warning } from "../../lib/storage/warning.ts";
import { sha256, tarOf } from "../image/fake_images.ts";
import { chunked, END, header, member, scan } from "../tar/archive.ts";
import { ARCHIVE_CASES, type ArchiveCase, compressedCases, WHOLE_SPARSE } from "./archive_cases.ts";

interface Outcome {
  readonly tar: Bytes;
  readonly layer: PackedLayer;
  readonly warnings: readonly Warning[];
}

/** Packs as a verb does: begins again where the layer can then be repaired. */
async function pack(input: LayerInput, options: Partial<PackOptions> = {}): Promise<Outcome> {
  const warnings: Warning[] = [];
  const layer = packLayer(input, {
    codec: webCodec,
    createHasher: createSha256,
    onWarning: (warning) => warnings.push(warning),
    onEntry(entry): void {
      const warning = checkEntry(entry);
      if (warning !== undefined) warnings.push(warning);
    },
    ...options,
  });
  while (true) {
    try {
      const bytes = await collectBytes(layer.open());
      const tar = layer.compression === "none" ? bytes : new Uint8Array(gunzipSync(bytes));
      assert.equal(layer.diffId, sha256(tar));
      return { tar, layer, warnings };
    } catch (error) {
      if (!await layer.recover()) throw error;
    }
  }
}

const describe = (tar: Bytes): string[] =>
  scan(tar).map(({ path, type, linkPath }) =>
    `${type} ${path}${linkPath === undefined ? "" : ` -> ${linkPath}`}`
  );

const inputOf = ({ bytes, prefix }: ArchiveCase): NamedLayerInput => ({
  name: '"layer.tar"',
  input: bytes,
  ...(prefix === undefined ? {} : { edit: editEntries({ prefix }) }),
});

async function assertRefused(
  { names = "" }: ArchiveCase,
  outcome: Promise<unknown>,
  more = "",
): Promise<void> {
  await assert.rejects(outcome, (error: Error) => {
    assert.ok(error instanceof LayerError, `${error.stack}`);
    assert.ok(error.message.includes(names), error.message);
    assert.ok(error.message.includes(more), error.message);
    return true;
  });
}

for (const one of ARCHIVE_CASES) {
  test(`packLayer() and ${one.name}: ${one.expect}`, async () => {
    const outcome = pack(inputOf(one), { compression: "none" });
    if (one.expect === "refused") return await assertRefused(one, outcome);
    const { tar, layer, warnings } = await outcome;
    assert.deepEqual(warnings.map(({ code }) => code), one.expect === "warned" ? [one.code] : []);
    if (one.expect === "repaired") {
      assert.ok(layer.repaired.length > 0);
      for (const { kind } of layer.repaired) assert.equal(kind, one.code);
      assert.deepEqual(describe(tar), one.entries);
    } else {
      assert.deepEqual(layer.repaired, []);
      assert.deepEqual(tar, one.bytes);
    }
  });

  test(`packLayer() and ${one.name}, in chunks of every size`, async () => {
    const chunkSizes = [1, 7, 511, 512, 513, 1_025];
    const whole = await pack(inputOf(one), { compression: "none" }).catch(String);
    for (const size of chunkSizes) {
      const input = { ...inputOf(one), input: () => chunked(one.bytes, size) };
      const cut = await pack(input, { compression: "none" }).catch(String);
      if (typeof whole === "string" || typeof cut === "string") assert.equal(cut, whole);
      else assert.deepEqual(cut.tar, whole.tar);
    }
  });
}

for (const one of ARCHIVE_CASES.filter(({ twice }) => twice)) {
  test(`packLayer() refuses ${one.name} where it can be read only once`, async () => {
    const input = { ...inputOf(one), input: chunked(one.bytes, 1_000) };
    await assertRefused(one, pack(input), "give it as a file");
  });
}

for (const one of compressedCases()) {
  const plain = new Uint8Array(gunzipSync(one.bytes));

  test(`packLayer() and ${one.name}`, async () => {
    const outcome = pack(inputOf(one));
    if (one.expect === "refused") return await assertRefused(one, outcome);
    const { tar, layer, warnings } = await outcome;
    const codes = warnings.map(({ code }) => code);
    if (one.expect === "repaired") {
      assert.deepEqual(codes, ["recompressed"]);
      assert.deepEqual(describe(tar), one.entries);
    } else {
      assert.deepEqual(codes, one.expect === "warned" ? [one.code] : []);
      assert.deepEqual(await collectBytes(layer.open()), one.bytes);
      assert.deepEqual(tar, plain);
    }
  });

  if (one.expect !== "repaired") continue;

  test(`packLayer() refuses ${one.name}, where it is to be kept`, async () => {
    await assertRefused(one, pack(inputOf(one), { compression: "keep" }), "to be kept");
  });

  test(`packLayer() and ${one.name}, from a stream`, async () => {
    const outcome = pack({ ...inputOf(one), input: chunked(one.bytes, 10) });
    if (one.twice) return await assertRefused(one, outcome, "give it as a file");
    const { tar } = await outcome;
    assert.deepEqual(describe(tar), one.entries);
  });
}

test("packLayer() makes the same whole file of every kind of sparse file", async () => {
  const sparse = ARCHIVE_CASES.filter(({ entries }) => entries?.[0] === "file srv/sparse");
  assert.equal(sparse.length, 4);
  for (const one of sparse) {
    const { tar } = await pack(inputOf(one), { compression: "none" });
    assert.deepEqual(tar.subarray(512, 512 + WHOLE_SPARSE.length), WHOLE_SPARSE, one.name);
  }
});

const FORMATS: readonly (readonly [format: string, ...bytes: number[]])[] = [
  ["ar", 0x21, 0x3c, 0x61, 0x72, 0x63, 0x68, 0x3e, 0x0a],
  ["lzma", 0x5d, 0, 0, 0x80, 0, 0xff, 0xff, 0xff],
  ["lz4", 0x04, 0x22, 0x4d, 0x18],
  ["lz4", 0x02, 0x21, 0x4c, 0x18],
  ["lzip", 0x4c, 0x5a, 0x49, 0x50],
  ["7z", 0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c],
  ["rpm", 0xed, 0xab, 0xee, 0xdb],
];

for (const [format, ...bytes] of FORMATS) {
  test(`packLayer() names ${format} data that begins with ${bytes[0]}`, async () => {
    const outcome = pack(Uint8Array.from([...bytes, ...new Uint8Array(512)]));
    await assert.rejects(outcome, {
      name: "LayerError",
      message: new RegExp(`it is ${format} data.*: expected a tar archive`),
    });
  });
}

test("packLayer() takes a name that begins as lzma does for a name", async () => {
  const { tar } = await pack(tarOf("]", "x"), { compression: "none" });
  assert.deepEqual(describe(tar), ["file ]"]);
});

test("packLayer() repairs nothing of compressed input once too much of a stream went by", async () => {
  const noise = new Uint8Array(9 * 2 ** 20);
  for (let start = 0; start < noise.length; start += 65_536) {
    crypto.getRandomValues(noise.subarray(start, start + 65_536));
  }
  const late = concatBytes([
    member({ name: "srv/noise" }, noise),
    header({ name: "srv/late", typeFlag: "7" }),
    END,
  ]);
  const gzip = new Uint8Array(gzipSync(late, { level: 0 }));
  await assert.rejects(pack(chunked(gzip, 65_536)), /"srv\/late" is a contiguous file.* as a file/);
  const { layer } = await pack(gzip);
  assert.deepEqual(layer.repaired, [{ path: "srv/late", kind: "contiguous" }]);
});
