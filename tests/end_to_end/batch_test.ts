import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { appendlayer, onEachRuntime } from "./appendlayer.ts";
import { tarOfFiles } from "./base_image.ts";
import { REGISTRY_NEEDS, withRegistry } from "./docker_registry.ts";
import { checkImage } from "./image_checker.ts";
import { registryStore } from "./image_store.ts";
import { testWith } from "./program.ts";
import { openRegistry } from "./registry_http.ts";
import { withDirectory } from "./scratch.ts";

const REPOSITORIES = 5;
const IMAGES = 8;

interface Entry {
  readonly line: number;
  readonly status: string;
}

/** A report's lines, but for one that a killed run has left unfinished. */
async function readReport(path: string): Promise<Entry[]> {
  const text = await readFile(path, "utf8").catch(() => "");
  return text.split("\n").flatMap((line) => {
    try {
      return [JSON.parse(line)];
    } catch {
      return [];
    }
  });
}

testWith(
  REGISTRY_NEEDS.open,
  "a batch that is killed is done by --resume, and changes nothing when it is done again",
  () =>
    withRegistry(
      "open",
      (registry) =>
        withDirectory((directory) =>
          onEachRuntime(async (runtime) => {
            const request = await openRegistry(registry);
            const names = Array.from(
              { length: REPOSITORIES * IMAGES },
              (_, at) => `${runtime.name}/${at % REPOSITORIES}:${Math.floor(at / REPOSITORIES)}`,
            );
            const file = join(directory, `${runtime.name}.jsonl`);
            const report = join(directory, `${runtime.name}.report`);
            const layer = join(directory, "layer.tar");
            await writeFile(layer, await tarOfFiles({ "ca.pem": "x".repeat(100_000) }));
            const run = async (
              args: readonly string[],
              onStart?: (child: ChildProcess) => void,
            ): Promise<{ code: number; stderr: string }> =>
              await appendlayer(["batch", file, ...args], {
                runtime,
                ...(onStart === undefined ? {} : { onStart }),
              });

            const targets = names.map((name, at) => ({
              target: `${registry.host}/${name}`,
              options: { platforms: ["linux/amd64"], labels: { image: String(at) } },
            }));
            const write = (lines: readonly object[]): Promise<void> =>
              writeFile(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
            await write(targets.map((target) => ({ base: "scratch", ...target })));
            const bases = await run(["--delete", "nothing", "--report", "/dev/null", "--quiet"]);
            assert.equal(bases.code, 0, bases.stderr);

            await write(targets.map(({ target }) => ({ base: target, target })));
            const args = ["--layer", layer, "--report", report, "--resume", report, "--jobs", "2"];
            await writeFile(report, "");
            const killed = await run(args, (child) => {
              const timer = setInterval(async () => {
                if ((await readReport(report)).length < 3) return;
                clearInterval(timer);
                child.kill("SIGKILL");
              }, 5);
              child.on("exit", () => clearInterval(timer));
            });
            const done = (await readReport(report)).length;
            assert.ok(done >= 3, killed.stderr);
            const resumed = await run(args);
            assert.equal(resumed.code, 0, resumed.stderr);
            assert.match(resumed.stderr, new RegExp(`0 failed, ${done} done before`));
            const lines = (await readReport(report)).map(({ line }) => line);
            assert.deepEqual(
              lines.sort((one, other) => one - other),
              names.map((_, at) => at + 1),
            );
            for (const name of names) {
              const [repository = "", tag = ""] = name.split(":");
              const { images } = await checkImage(registryStore(request, repository), tag);
              // The one with a whiteout, and the new one once.
              assert.equal(images[0]?.layers.length, 2, name);
            }
            const again = await run(["--layer", layer, "--report", "/dev/null"]);
            assert.match(again.stderr, new RegExp(`0 done, ${names.length} unchanged, 0 failed`));
          })
        ),
    ),
);
