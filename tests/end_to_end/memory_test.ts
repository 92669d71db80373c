import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { join } from "node:path";
import { appendlayer, BUN, type CliRuntime, onEachRuntime } from "./appendlayer.ts";
import { putBase } from "./base_image.ts";
import { REGISTRY_NEEDS, withRegistry } from "./docker_registry.ts";
import { DOCKER_NEEDS, dockerEngine } from "./engines/docker_engine.ts";
import { INSTALLED, LONG } from "./engines/engine.ts";
import { layoutStore, registryStore } from "./image_store.ts";
import { note } from "./notes.ts";
import { exec, succeed, testWith } from "./program.ts";
import { openRegistry } from "./registry_http.ts";
import { withDirectory } from "./scratch.ts";

const MIB = 1024 * 1024;

/** A tar of one file that does not compress: a header by hand, then the same random MiB over and over. */
async function* bigTar(size: number): AsyncGenerator<Uint8Array> {
  const header = Buffer.alloc(512);
  header.write("big.bin");
  header.write("0000644\0" + "0000000\0".repeat(2), 100);
  header.write(`${size.toString(8).padStart(11, "0")}\0${"0".repeat(11)}\0`, 124);
  header.write("        0", 148);
  header.write("ustar\x0000", 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  yield header;
  const block = new Uint8Array(MIB);
  for (let offset = 0; offset < MIB; offset += 65536) {
    crypto.getRandomValues(block.subarray(offset, offset + 65536));
  }
  for (let sent = 0; sent < size; sent += MIB) yield block;
  yield new Uint8Array(1024);
}

/** Watches a process's peak of resident memory, in MiB, as Linux keeps it. */
function watchMemory(child: ChildProcess): () => number {
  let peak = 0;
  const look = (): void => {
    try {
      const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
      peak = Number(/^VmHWM:\s*(\d+) kB$/m.exec(status)?.[1] ?? peak * 1024) / 1024;
    } catch {
      // It has ended; the last look stands.
    }
  };
  const timer = setInterval(look, 20);
  child.on("exit", () => clearInterval(timer));
  return () => peak;
}

/** Compares what a small and a large layer take. When garbage is collected is a matter of luck, by some 30 MiB: a try that fails is made again. */
async function requireFlat(
  runtime: CliRuntime,
  place: string,
  measure: (size: number) => Promise<number>,
): Promise<void> {
  const tries: string[] = [];
  for (let attempt = 0; attempt < 3; attempt++) {
    const [small, large] = [await measure(100 * MIB), await measure(2048 * MIB)];
    tries.push(`${runtime.name}, ${place}: ${small} MiB for 100 MiB, ${large} MiB for 2 GiB`);
    if (large - small <= 48) break;
    assert.ok(attempt < 2, tries.join("; "));
  }
  note(tries.join("; "));
  // deno-lint-ignore no-console -- the figures are what people ask for
  console.log(tries.join("; "));
}

testWith(
  process.platform === "linux" ? REGISTRY_NEEDS.open : ["linux"],
  "2 GiB take at most 48 MiB more memory than 100 MiB, on each runtime",
  () =>
    withRegistry("open", async (registry) => {
      const store = registryStore(await openRegistry(registry), "acme/app");
      await putBase(store, "oci", "base");
      const image = `${registry.host}/acme/app`;
      await onEachRuntime(async (runtime) => {
        const measure = async (size: number): Promise<number> => {
          let peak = (): number => 0;
          const { code, stderr } = await appendlayer([`${image}:base`, `${image}:big`], {
            runtime,
            input: bigTar(size),
            timeout: 300_000,
            onStart: (child) => peak = watchMemory(child),
          });
          assert.equal(code, 0, stderr);
          return Math.round(peak());
        };
        await requireFlat(runtime, "a registry", measure);
      });
    }),
);

testWith(
  LONG ? [...DOCKER_NEEDS, "mkfifo"] : ["--long"],
  "2 GiB through docker-archive:- into docker load take no more memory than to a registry",
  async () => {
    const engine = await dockerEngine(INSTALLED, "overlay2");
    await engine.start(({ docker }) =>
      withDirectory(async (directory) => {
        const layout = join(directory, "image");
        const pipe = join(directory, "pipe");
        await succeed(["mkfifo", pipe]);
        await putBase(layoutStore(layout), "oci", "base");
        await onEachRuntime((runtime) =>
          requireFlat(runtime, "docker load", async (size) => {
            let peak = (): number => 0;
            const command = [
              ...runtime.command,
              `oci:${layout}:base`,
              "docker-archive:-:site:big",
            ];
            // The shell becomes the program, so that it is that one's memory.
            const [{ code, stderr }, loaded] = await Promise.all([
              exec(["sh", "-c", 'exec "$@" >"$0"', pipe, ...command], {
                input: bigTar(size),
                timeout: 300_000,
                onStart: (child) => peak = watchMemory(child),
              }),
              docker("load", "--input", pipe),
            ]);
            assert.equal(code, 0, stderr);
            assert.match(loaded, /Loaded image: site:big/);
            await docker("rmi", "site:big");
            return Math.round(peak());
          })
        );
      })
    );
  },
);

/** Directories of 1,000 files each. */
const DIRECTORIES = 1_000;

testWith(
  process.platform !== "linux" ? ["linux"] : BUN === undefined ? ["bun"] : LONG ? [] : ["--long"],
  "a tree of a million files is synced in 400 MiB on Bun, the first time too",
  () =>
    withDirectory(async (directory) => {
      for (let index = 0; index < DIRECTORIES; index++) {
        const path = join(directory, "tree", `${index % 10}`, `directory-${index}`);
        mkdirSync(path, { recursive: true });
        for (let file = 0; file < 1_000; file++) {
          writeFileSync(join(path, `file-${file}.txt`), `${index} ${file}`);
        }
      }
      const sync = async (base: string, target: string): Promise<number> => {
        let peak = (): number => 0;
        const { code, stderr } = await appendlayer([
          ...[base, `oci:${join(directory, "image")}:${target}`],
          ...["--sync", `${join(directory, "tree")}:/srv/app`],
        ], {
          ...(BUN === undefined ? {} : { runtime: BUN }),
          env: { APPENDLAYER_CACHE: join(directory, "cache") },
          timeout: 900_000,
          onStart: (child) => peak = watchMemory(child),
        });
        assert.equal(code, 0, stderr);
        return Math.round(peak());
      };
      const image = `oci:${join(directory, "image")}`;
      const first = await sync("scratch", "1");
      const same = await sync(`${image}:1`, "2");
      writeFileSync(join(directory, "tree", "3", "directory-333", "file-333.txt"), "changed");
      const changed = await sync(`${image}:2`, "3");
      const figures = `first ${first} MiB, nothing changed ${same} MiB, one file ${changed} MiB`;
      note(figures);
      assert.ok(first <= 400 && same <= 400 && changed <= 400, figures);
    }),
);
