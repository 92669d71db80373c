/** Directories above the entries of a layer, on each engine, with each way to read the base. */

import assert from "node:assert/strict";
import { appendLayer, LayerError } from "../../../mod.ts";
import { concatBytes } from "../../../lib/base/bytes.ts";
import { addFiles } from "../../../lib/entries/files.ts";
import { content, END, header } from "../../tar/archive.ts";
import { REGISTRY_NEEDS, withRegistry } from "../docker_registry.ts";
import { registryStore } from "../image_store.ts";
import { noteOutcome } from "../notes.ts";
import { openRegistry } from "../registry_http.ts";
import { withDirectory } from "../scratch.ts";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { testWithEngines } from "./engines.ts";
import { describeEntry, type FileTree } from "./file_tree.ts";
import { putLayers } from "./layered_base.ts";

const folder = (name: string, mode: number, uid = 0, gid = 0): Uint8Array<ArrayBuffer> =>
  header({ name: `${name}/`, typeFlag: "5", mode, uid, gid });

const BASE: readonly Uint8Array<ArrayBuffer>[] = [concatBytes([
  folder("bin", 0o755),
  folder("data", 0o750, 7, 8),
  folder("run", 0o755),
  folder("srv", 0o770, 3, 4),
  folder("var", 0o755),
  header({ name: "var/run", typeFlag: "2", linkName: "/run" }),
  header({ name: "data/file", size: 1, uid: 7 }),
  content("x"),
  END,
])];

/** A row of the table: where a file goes, and what is to be seen there. */
interface Row {
  readonly name: string;
  readonly destination: string;
  /** Path and what it is, where the base was asked; undefined where the layer is refused then. */
  readonly expected: Readonly<Record<string, string>> | undefined;
}

const FILE = /^file 0644 0:0/;

const ROWS: readonly Row[] = [
  {
    name: "a directory with another owner and mode",
    destination: "/data/new",
    expected: { data: "directory 0750 7:8", "data/new": "file" },
  },
  {
    name: "a directory that every image has",
    destination: "/srv/new",
    expected: { srv: "directory 0770 3:4", "srv/new": "file" },
  },
  {
    name: "a new directory",
    destination: "/fresh/sub/new",
    expected: {
      fresh: "directory 0755 0:0",
      "fresh/sub": "directory 0755 0:0",
      "fresh/sub/new": "file",
    },
  },
  {
    name: "through a link of the base",
    destination: "/var/run/new",
    expected: { "var/run": "link 0:0 /run", "run/new": "file" },
  },
  {
    name: "a file at a directory",
    destination: "/data",
    expected: { data: "directory 0750 7:8", "data/added.txt": "file" },
  },
  { name: "below a file", destination: "/data/file/new", expected: undefined },
];

function describeTree(tree: FileTree, path: string): string {
  const text = describeEntry(tree.get(path)).replace(/^link(?= \d)/, "link");
  return FILE.test(text) ? "file" : text;
}

testWithEngines(
  "directories above the entries of a layer stay as they are in the base",
  (engine) =>
    withRegistry("open", (registry) =>
      withDirectory(async (directory) => {
        const source = join(directory, "added.txt");
        await writeFile(source, "new\n", { mode: 0o644 });
        const store = registryStore(await openRegistry(registry), "acme/app");
        const image = `${registry.host}/acme/app`;
        await putLayers(store, "base", BASE, { config: { User: "7" } });
        const failures: string[] = [];
        await engine.start(async ({ unpack }) => {
          for (const { name, destination, expected } of ROWS) {
            for (const readBase of ["auto", "all", "none"] as const) {
              const row = `${name}, ${readBase}`;
              const table = "directories";
              const tag = row.replaceAll(/\W+/g, "-");
              const additions = [{ source, destination }];
              const result = await appendLayer(`${image}:base`, `${image}:${tag}`, {
                layers: [addFiles({ additions })],
                readBase,
              }).catch((error) => {
                assert.ok(error instanceof LayerError, String(error));
                return error;
              });
              if (result instanceof LayerError) {
                noteOutcome({ table, row, column: "appendlayer", cell: "refuses it" });
                if (expected !== undefined && readBase !== "none") {
                  failures.push(`${row}: ${result}`);
                }
                continue;
              }
              const codes = result.warningDetails.map(({ code }) => code).join(", ");
              noteOutcome({ table, row, column: "appendlayer", cell: codes || "takes it" });
              let cell: string;
              try {
                const tree = await unpack(`${image}:${tag}`);
                const wrong = Object.entries(expected ?? {}).filter(([path, what]) =>
                  describeTree(tree, path) !== what
                ).map(([path]) => `/${path} is ${describeTree(tree, path)}`);
                cell = wrong.length === 0 ? "as COPY" : wrong.join(", ");
              } catch {
                cell = "fails";
              }
              noteOutcome({ table, row, column: engine.name, cell });
              // What is not read cannot be known: that is what the table shows.
              if (readBase === "none") continue;
              if (expected === undefined || cell !== "as COPY") failures.push(`${row}: ${cell}`);
            }
          }
        });
        assert.deepEqual(failures, [], engine.name);
      })),
  { needs: REGISTRY_NEEDS.open },
);
