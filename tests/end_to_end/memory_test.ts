import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import process from "node:process";
import { appendlayer, onEachRuntime } from "./appendlayer.ts";
import { putBase } from "./base_image.ts";
import { REGISTRY_NEEDS, withRegistry } from "./docker_registry.ts";
import { registryStore } from "./image_store.ts";
import { testWith } from "./program.ts";
import { openRegistry } from "./registry_http.ts";

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
        // When garbage is collected is a matter of luck, by some 30 MiB: a try that fails is made again.
        const tries: string[] = [];
        for (let attempt = 0; attempt < 3; attempt++) {
          const [small, large] = [await measure(100 * MIB), await measure(2048 * MIB)];
          tries.push(`${runtime.name}: ${small} MiB for 100 MiB, ${large} MiB for 2 GiB`);
          if (large - small <= 48) break;
          assert.ok(attempt < 2, tries.join("; "));
        }
        // deno-lint-ignore no-console -- the figures are what people ask for
        console.log(tries.join("; "));
      });
    }),
);
