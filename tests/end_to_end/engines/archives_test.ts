/** Every archive that tar programs make and engines refuse: what is accepted runs, and what is refused leaves nothing behind. */

import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { appendLayer, type AppendOptions, type ImageResult, LayerError } from "../../../mod.ts";
import { concatBytes } from "../../../lib/base/bytes.ts";
import { editEntries } from "../../../lib/entries/files.ts";
import { ARCHIVE_CASES, type ArchiveCase } from "../../layer/archive_cases.ts";
import { tarOfFiles } from "../base_image.ts";
import { REGISTRY_NEEDS, withRegistry } from "../docker_registry.ts";
import { checkImage } from "../image_checker.ts";
import { type ImageStore, registryStore } from "../image_store.ts";
import { noteOutcome } from "../notes.ts";
import { openRegistry } from "../registry_http.ts";
import type { Engine } from "./engine.ts";
import { isNamed, testWithEngines } from "./engines.ts";
import { compareTrees, type FileTree } from "./file_tree.ts";
import { modelImage } from "./layer_model.ts";
import { putLayers } from "./layered_base.ts";

/** A row of the table. */
interface Row extends Omit<ArchiveCase, "code" | "entries" | "twice"> {
  readonly options?: Partial<AppendOptions>;
}

/** An image of a row, or why there is none. */
interface Appended {
  readonly row: Row;
  readonly tag: string;
  readonly result: ImageResult | LayerError;
}

const PLAIN = ARCHIVE_CASES[0]?.bytes ?? new Uint8Array();

/** A frame of zstd that readers have to skip (RFC 8878, 3.1.2), as pzstd writes one with the size of what follows. */
const SKIPPABLE = new Uint8Array([0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 1, 2, 3, 4]);

/** What is special about the compression, not about the archive. */
async function compressedRows(): Promise<Row[]> {
  const { zstdCompressSync } = await import("node:zlib");
  const zstd = new Uint8Array(zstdCompressSync(PLAIN));
  const dump = ARCHIVE_CASES.find(({ code }) => code === "global-header")?.bytes ?? PLAIN;
  return [
    { name: "zstd", bytes: zstd, expect: "warned" },
    {
      name: "zstd that begins with a skippable frame",
      bytes: concatBytes([SKIPPABLE, zstd]),
      expect: "repaired",
    },
    {
      name: "zstd that begins with a skippable frame and is to be kept",
      bytes: concatBytes([SKIPPABLE, zstd]),
      expect: "warned",
      options: { compression: "keep" },
    },
    { name: "gzip of two members", bytes: twoMembers(PLAIN), expect: "ok" },
    {
      name: "a global header in what came compressed",
      bytes: new Uint8Array(gzipSync(dump)),
      expect: "warned",
    },
    ...ARCHIVE_CASES.filter(({ code }) => code === "repeated" || code === "sparse").slice(0, 1)
      .map((one): Row => ({
        name: `${one.name}, in what came compressed and is to be kept`,
        bytes: new Uint8Array(gzipSync(one.bytes)),
        expect: "refused",
        options: { compression: "keep" },
      })),
  ];
}

function twoMembers(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return concatBytes(
    [bytes.subarray(0, 700), bytes.subarray(700)].map((part) => new Uint8Array(gzipSync(part))),
  );
}

async function append(host: string, tag: string, row: Row): Promise<Appended> {
  const { bytes, prefix, options } = row;
  const image = `${host}/acme/app`;
  const input = prefix === undefined
    ? bytes
    : { name: '"layer.tar"', input: bytes, edit: editEntries({ prefix }) };
  try {
    const result = await appendLayer(`${image}:base`, `${image}:${tag}`, {
      layers: [input],
      ...options,
    });
    return { row, tag, result };
  } catch (error) {
    if (!(error instanceof LayerError)) throw error;
    return { row, tag, result: error };
  }
}

function checkExpectation({ row, result }: Appended): void {
  const { name, expect, names = "" } = row;
  if (result instanceof LayerError) {
    assert.equal(expect, "refused", `${name}: ${result.message}`);
    assert.ok(result.message.includes(names), result.message);
    return;
  }
  const isRepaired = result.layers.some(({ repaired = [] }) => repaired.length > 0);
  const warnings = result.warningDetails.filter(({ code }) => code !== "recompressed");
  const got = warnings.length > 0 ? "warned" : isRepaired ? "repaired" : "ok";
  // zstd is warned of wherever it comes from.
  const wanted = expect === "repaired" && isRepaired ? "repaired" : expect;
  assert.equal(wanted === "repaired" && isRepaired ? "repaired" : got, wanted, name);
}

/** Unpacks one image and says what came of it; an engine that no warning names must show what the layers say. */
async function tryRow(
  engine: Engine,
  { row, result, tag }: Appended & { readonly result: ImageResult },
  { store, unpack }: {
    readonly store: ImageStore;
    unpack(tag: string): Promise<FileTree>;
  },
): Promise<{ readonly cell: string; readonly failure?: string }> {
  const named = result.warningDetails.some(({ engines }) => isNamed(engine, engines));
  let tree;
  try {
    tree = await unpack(tag);
  } catch (error) {
    const reason = String(error).trim().split("\n").at(-1)?.slice(-300) ?? "";
    return named
      ? { cell: "fails, as warned" }
      : { cell: "FAILS", failure: `${row.name}: ${reason}` };
  }
  const { images: [image] } = await checkImage(store, tag);
  const expected = modelImage(image?.layers ?? []);
  const differences = compareTrees(tree, expected.tree, { ignoreAttributesOf: expected.implied });
  if (differences.length === 0) return { cell: named ? "takes it, warned" : "takes it" };
  return named
    ? { cell: "differs, as warned" }
    : { cell: "DIFFERS", failure: `${row.name}: ${differences.slice(0, 5).join("; ")}` };
}

testWithEngines(
  "each archive that is accepted is unpacked as it is, unless a warning names the engine",
  (engine) =>
    withRegistry("open", async (registry) => {
      const request = await openRegistry(registry);
      const store = registryStore(request, "acme/app");
      const etc = { "etc/base.txt": "base\n", "etc/passwd": "root:x:0:0::/:/bin/sh\n" };
      await putLayers(store, "base", [
        await tarOfFiles({ ...etc, "bin/sh": "none\n", "srv/sub/gone": "", "usr/bin/x": "" }),
      ]);
      const rows = [...ARCHIVE_CASES, ...await compressedRows()];
      const failures: string[] = [];
      await engine.start(async ({ unpack }) => {
        for (const [index, row] of rows.entries()) {
          const tag = `row-${index}`;
          const appended = await append(registry.host, tag, row);
          checkExpectation(appended);
          const { result } = appended;
          const table = "archives";
          if (result instanceof LayerError) {
            await assert.rejects(store.getManifest(tag), /404/, row.name);
            noteOutcome({ table, row: row.name, column: "appendlayer", cell: "refuses it" });
            continue;
          }
          const { cell, failure } = await tryRow(engine, { ...appended, result }, {
            store,
            unpack: (tag) => unpack(`${registry.host}/acme/app:${tag}`),
          });
          if (failure !== undefined) failures.push(failure);
          noteOutcome({ table, row: row.name, column: "appendlayer", cell: row.expect });
          noteOutcome({ table, row: row.name, column: engine.name, cell });
        }
      });
      assert.deepEqual(failures, [], engine.name);
    }),
  { needs: REGISTRY_NEEDS.open },
);
