/**
 * What the README begins with, onto a base as Airflow's is: the user of the image, who is not root, can write in the directory that is
 * that user's, and little of the base was read for it.
 */

import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Bytes, concatBytes } from "../../../lib/base/bytes.ts";
import { randomBytes } from "../../registry/blob_sources.ts";
import { content, END, header } from "../../tar/archive.ts";
import { appendlayer } from "../appendlayer.ts";
import { REGISTRY_NEEDS, type RunningRegistry, withRegistry } from "../docker_registry.ts";
import { registryStore } from "../image_store.ts";
import { noteOutcome } from "../notes.ts";
import { withProxy } from "../recording_proxy.ts";
import { openRegistry } from "../registry_http.ts";
import { withDirectory } from "../scratch.ts";
import { LONG } from "./engine.ts";
import { testWithEngines } from "./engines.ts";
import { describeEntry } from "./file_tree.ts";
import { busyboxLayer, putLayers } from "./layered_base.ts";

const LAYERS = 20;
/** The lowest five have 90 % of the bytes. */
const LOWEST = 5;
const SMALL = 540_000;
const LARGE = (LAYERS - LOWEST) * SMALL * 9 / LOWEST;

const BUDGET = 64 * 1024 * 1024;
/** What lies in the buffers of sockets when a layer is left. */
const BUFFERED = 8 * 1024 * 1024;

const folder = (name: string, mode: number, uid = 0): Bytes =>
  header({ name: `${name}/`, typeFlag: "5", mode, uid });

/** As a build writes them: with the directories above. */
const EMPTY_HOME = [folder("opt", 0o755), folder("opt/airflow", 0o775, 50_000)];
const HOME = [...EMPTY_HOME, folder("opt/airflow/dags", 0o775, 50_000)];

const FILLERS = new Map<number, Bytes>();

function fillerLayer(number: number, more: readonly Bytes[]): Bytes {
  const bytes = FILLERS.get(number) ?? randomBytes(number <= LOWEST ? LARGE : SMALL, number);
  FILLERS.set(number, bytes);
  const file = header({ name: `filler/${number}`, size: bytes.length });
  return concatBytes([file, content(bytes), ...more, END]);
}

/** Layers from the lowest up; the home is made in one of them, from 1, or in none. */
async function makeLayers(home: number, entries = HOME): Promise<Bytes[]> {
  const layers: Bytes[] = [];
  for (let number = 1; number <= LAYERS; number++) {
    const system = number === 1 ? [await busyboxLayer()] : [];
    const own = number === home ? entries : [];
    layers.push(
      number === 1
        // An archive may follow another: what is asked for stands at the end of it all.
        ? concatBytes([...withoutEnd(system), fillerLayer(number, own)])
        : fillerLayer(number, own),
    );
  }
  return layers;
}

/** Cuts the end-of-archive marker, and the record that it fills, off. */
function withoutEnd(archives: readonly Bytes[]): Bytes[] {
  return archives.map((archive) => {
    let end = archive.length;
    while (archive.subarray(end - 512, end).every((byte) => byte === 0)) end -= 512;
    return archive.subarray(0, end);
  });
}

interface Appended {
  /** Bytes of the base's layers that were read. */
  readonly read: number;
  /** Bytes that they have. */
  readonly total: number;
  readonly codes: readonly string[];
}

interface Place {
  readonly registry: RunningRegistry;
  readonly directory: string;
}

/** Runs the README's first command through a proxy that counts. */
async function append(
  base: string,
  target: string,
  { registry, directory }: Place,
  ...options: readonly string[]
): Promise<Appended> {
  return await withProxy(registry.host, async (proxy) => {
    const image = `${proxy.host}/acme/airflow`;
    const { code, stdout, stderr } = await appendlayer(
      [`${image}:${base}`, `${image}:${target}`, "--add", "dags:/opt/airflow/dags", "--json"]
        .concat(options),
      { cwd: directory, env: { APPENDLAYER_CACHE: join(directory, `cache-${base}`) } },
    );
    assert.equal(code, 0, stderr);
    const manifest = await fetch(`http://${registry.host}/v2/acme/airflow/manifests/${base}`, {
      headers: { accept: "application/vnd.oci.image.manifest.v1+json" },
    });
    const { layers }: { layers: { digest: string; size: number }[] } = await manifest.json();
    const isOfBase = (path: string): boolean => layers.some(({ digest }) => path.includes(digest));
    const read = proxy.requests.filter(({ method, path }) => method === "GET" && isOfBase(path));
    const { warningDetails }: { warningDetails: { code: string }[] } = JSON.parse(stdout);
    return {
      read: read.reduce((sum, { received }) => sum + received, 0),
      total: layers.reduce((sum, { size }) => sum + size, 0),
      codes: warningDetails.map(({ code }) => code),
    };
  }, { tellsSteps: false });
}

testWithEngines(
  "an image's user can write in the directory of its own to which files were added",
  (engine) =>
    withRegistry("open", (registry) =>
      withDirectory(async (directory) => {
        await mkdir(join(directory, "dags"));
        await writeFile(join(directory, "dags", "one.py"), "pass\n");
        const place = { registry, directory };
        const store = registryStore(await openRegistry(registry), "acme/airflow");
        // What is read does not depend on the engine.
        const isWhole = LONG || engine.store === "overlay2";
        for (const [tag, home] of Object.entries(isWhole ? { a: 14, b: 1, c: 0 } : { a: 14 })) {
          await putLayers(store, tag, await makeLayers(home), { config: { User: "50000" } });
        }
        await putLayers(store, "d", await makeLayers(14, EMPTY_HOME), {
          config: { User: "50000" },
        });
        await engine.start(async ({ run, unpack }) => {
          const image = (tag: string): string => `${registry.host}/acme/airflow:${tag}`;
          // Not every machine lets every engine start a container.
          const canRun = await run(image("a"), "id", "-u").then(() => true, () => false);
          const see = async (tag: string): Promise<string> => {
            if (canRun) {
              const write = "touch /opt/airflow/new /opt/airflow/dags/new && id -u";
              assert.equal((await run(image(tag), "sh", "-c", write)).trim(), "50000");
              return "can write";
            }
            const tree = await unpack(image(tag));
            for (const path of ["opt/airflow", "opt/airflow/dags"]) {
              assert.equal(describeEntry(tree.get(path)), "directory 0775 50000:0", path);
            }
            return "50000:0, 0775";
          };
          const report = (row: string, { read, total, codes }: Appended, seen: string): void =>
            noteOutcome({
              table: "the user's directory",
              row,
              column: engine.name,
              cell: [`${(100 * read / total).toFixed(1)} % read`, ...new Set(codes), seen]
                .filter((part) => part !== "").join(", "),
            });

          const first = await append("a", "a1", place);
          report("in layer 14 of 20", first, await see("a1"));
          assert.ok(first.read <= 0.05 * first.total, `${first.read} of ${first.total}`);
          assert.deepEqual(first.codes, []);
          const second = await append("a", "a2", place);
          report("the same once more", second, "");
          assert.equal(second.read, 0);

          const assumed = await append("d", "d1", place);
          report("in layer 14 of 20, dags in none", assumed, await see("d1"));
          assert.ok(assumed.read <= 0.05 * assumed.total, `${assumed.read} of ${assumed.total}`);
          assert.deepEqual(assumed.codes, ["assumed-directory"]);
          assert.equal((await append("d", "d2", place)).read, 0);
          if (!isWhole) return;
          for (const [tag, row] of [["b", "in the lowest"], ["c", "nowhere"]] as const) {
            const result = await append(tag, `${tag}1`, place);
            assert.ok(result.read <= BUDGET + BUFFERED, String(result.read));
            assert.ok(result.codes.includes("unknown-directory"), result.codes.join());
            if (canRun) {
              const seen = await run(image(`${tag}1`), "cat", "/opt/airflow/dags/one.py");
              assert.equal(seen, "pass\n");
            }
            report(row, result, canRun ? "runs" : "");
          }
          const all = await append("b", "b2", place, "--read-base=all");
          report("in the lowest, --read-base=all", all, await see("b2"));
          assert.deepEqual(all.codes, []);
        });
      })),
  {
    only: (name) => /overlay/.test(name),
    needs: [...REGISTRY_NEEDS.open, "busybox"],
  },
);
