import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { appendlayer, DENO, onEachRuntime } from "./appendlayer.ts";
import { putBase, tarOfFiles } from "./base_image.ts";
import { type RunningRegistry, withRegistry } from "./docker_registry.ts";
import { exec, testWith } from "./program.ts";
import { openRegistry } from "./registry_http.ts";
import { digestOf, layoutStore, registryStore } from "./image_store.ts";
import { withDirectory } from "./scratch.ts";

/** Part of a tar, and then nothing for as long as the reader is there. */
async function* stalled(
  tar: Uint8Array,
  onRead: () => void,
  ended: Promise<void>,
): AsyncGenerator<Uint8Array> {
  // More than a pipe holds: once it is written, the program reads, and listens for signals.
  yield tar.subarray(0, 200_000);
  onRead();
  await ended;
}

testWith(
  ["docker-registry"],
  "Ctrl-C ends at once, while the producer is silent, and leaves the target as it was",
  async () => {
    await withRegistry("open", async (registry) => {
      const { host } = registry;
      const tar = await tarOfFiles({ "big.txt": "x".repeat(300_000) });
      await onEachRuntime(async (runtime) => {
        const target = `${host}/acme/${runtime.name}:1`;
        await appendlayer(["scratch", target], { runtime, input: await tarOfFiles({ a: "a" }) });
        const before = await digestOfTag(registry, runtime.name);
        for (const [signal, expected] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
          let end = (): void => {};
          const ended = new Promise<void>((resolve) => end = resolve);
          let asked = 0;
          let code = -1;
          let child: ChildProcess | undefined;
          const stop = (): void => {
            asked = performance.now();
            child?.kill(signal);
          };
          const result = await appendlayer(["scratch", target], {
            runtime,
            input: stalled(tar, stop, ended),
            onStart(started): void {
              child = started;
              started.on("exit", (status, by) => {
                // Deno reports the exit status 130 as the signal that it stands for.
                code = status ?? (by === signal ? expected : -1);
                end();
              });
            },
          });
          assert.equal(code, expected, `${runtime.name}: ${result.stderr}`);
          assert.equal(result.stdout, "");
          assert.match(result.stderr, new RegExp(`stopped by ${signal}\n$`), runtime.name);
          assert.ok(performance.now() - asked < 30_000, `${runtime.name} took its time`);
          assert.equal(await digestOfTag(registry, runtime.name), before);
        }
      });
    });
  },
);

test("a reader of the result that is gone is no error", async () => {
  await withDirectory(async (directory) => {
    const tar = await tarOfFiles({ a: "a" });
    await onEachRuntime(async ({ name, command }) => {
      const [program = "", ...args] = command;
      const child = spawn(program, [...args, "scratch", "oci:image:1", "--json"], {
        cwd: directory,
        stdio: "pipe",
      });
      child.stdout.destroy();
      let errors = "";
      child.stderr.setEncoding("utf8").on("data", (text: string) => errors += text);
      child.stdin.end(tar);
      const code = await new Promise((resolve) => child.on("close", resolve));
      assert.deepEqual([code, errors], [0, ""], name);
    });
  });
});

async function digestOfTag(registry: RunningRegistry, name: string): Promise<string> {
  const store = registryStore(await openRegistry(registry), `acme/${name}`);
  return digestOf((await store.getManifest("1")).bytes);
}

testWith(
  ["bash"],
  "export ends in good order where its reader has had enough",
  () =>
    withDirectory(async (directory) => {
      const layout = join(directory, "image");
      await putBase(layoutStore(layout), "oci", "1");
      const { code, stderr } = await exec([
        ...["bash", "-c", 'set -o pipefail; "$@" | head -c 1 >/dev/null', "bash"],
        ...DENO.command,
        ...["export", `oci:${layout}:1`],
      ]);
      assert.equal(stderr, "");
      assert.equal(code, 0);
    }),
);
