import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { spawn } from "node:child_process";
import process from "node:process";
import { bundle } from "../../scripts/runtimes.ts";
import { putIndex, tarOfFiles } from "../end_to_end/base_image.ts";
import { REGISTRY_NEEDS, USER, withRegistry } from "../end_to_end/docker_registry.ts";
import { checkImage, listLayer } from "../end_to_end/image_checker.ts";
import { registryStore } from "../end_to_end/image_store.ts";
import { exec, testWith } from "../end_to_end/program.ts";
import { openRegistry } from "../end_to_end/registry_http.ts";
import { withDirectory } from "../end_to_end/scratch.ts";

/** Cloudflare's own simulator, with the runtime of production inside. */
const MINIFLARE = "miniflare@4.20260730.0";
const EXAMPLE = fileURLToPath(new URL("../../examples/cloudflare_worker/", import.meta.url));
const NODE = process.env["APPENDLAYER_NODE"] || "node";

/** Starts a worker on a free port, prints the port, and ends when its standard input does. */
const RUNNER = `
import { Miniflare } from "miniflare";
import { readFileSync } from "node:fs";
const options = JSON.parse(readFileSync("options.json", "utf8"));
const miniflare = new Miniflare(options);
console.log("READY " + (await miniflare.ready).href);
process.stdin.resume().on("end", async () => {
  await miniflare.dispose();
  process.exit(0);
});
`;

/** Runs the example's worker while an action talks to it. */
async function withWorker<T>(
  directory: string,
  bindings: Record<string, string>,
  action: (url: string) => Promise<T>,
): Promise<T> {
  await bundle([`${EXAMPLE}worker.ts`], directory, [
    "--platform=browser",
    "--conditions=workerd",
    "--target=es2024",
    `--outbase=${EXAMPLE}`,
  ]);
  await writeFile(join(directory, "run.mjs"), RUNNER);
  await writeFile(
    join(directory, "options.json"),
    JSON.stringify({
      // As wrangler does. By itself Miniflare would look for modules, and refuses specifiers that are made at run time.
      modules: [{ type: "ESModule", path: "worker.mjs" }],
      compatibilityDate: "2026-07-01",
      host: "127.0.0.1",
      port: 0,
      bindings,
    }),
  );
  const child = spawn(NODE, ["run.mjs"], { cwd: directory, stdio: "pipe" });
  const closed = new Promise<void>((resolve) => child.on("close", () => resolve()));
  try {
    const url = await new Promise<string>((resolve, reject) => {
      let words = "";
      const listen = (text: string): void => {
        words += text;
        const found = /READY (\S+)/.exec(words)?.[1];
        if (found !== undefined) resolve(found);
      };
      child.stdout.setEncoding("utf8").on("data", listen);
      child.stderr.setEncoding("utf8").on("data", listen);
      closed.then(() => reject(new Error(`Cannot start the worker: ${words}`)));
    });
    return await action(url);
  } finally {
    child.stdin.end();
    const timer = setTimeout(() => child.kill("SIGKILL"), 5000);
    await closed;
    clearTimeout(timer);
  }
}

const SECRET = "open sesame, and again";

testWith(
  [...REGISTRY_NEEDS.htpasswd, "npm"],
  "a Cloudflare Worker appends what is sent to it",
  () =>
    withRegistry("htpasswd", (registry) =>
      withDirectory(async (directory) => {
        const install = await exec([
          "npm",
          "install",
          "--no-save",
          "--no-audit",
          "--no-fund",
          "--prefix",
          ".",
          MINIFLARE,
        ], {
          cwd: directory,
        });
        assert.equal(install.code, 0, install.stderr);
        const store = registryStore(await openRegistry(registry), "acme/site");
        await putIndex(store, "oci", "1");
        const tar = await tarOfFiles({ "index.html": "<h1>Hello</h1>\n" });
        const bindings = {
          IMAGE: `${registry.host}/acme/site`,
          SECRET,
          REGISTRY_USER: USER.username,
          REGISTRY_PASSWORD: USER.password,
        };
        await withWorker(directory, bindings, async (url) => {
          const put = async (
            query: string,
            body: Uint8Array<ArrayBuffer>,
            secret = SECRET,
          ): Promise<Response> =>
            await fetch(`${url}?${query}`, {
              method: "PUT",
              body,
              headers: { authorization: `Bearer ${secret}` },
            });
          const done = await put("from=1&to=2", tar);
          const result = await done.json();
          assert.equal(done.status, 200, JSON.stringify(result));
          const { digest, images } = await checkImage(store, "2");
          assert.equal(result.digest, digest);
          for (const { layers } of images) {
            assert.deepEqual([...listLayer(layers.at(-1) ?? tar).keys()], ["index.html"]);
          }

          const refused = await put(
            "from=1&to=3",
            new TextEncoder().encode("no tar\n".repeat(200)),
          );
          assert.equal(refused.status, 422);
          assert.match((await refused.json()).error, /not a (?:whole )?tar/);
          await assert.rejects(store.getManifest("3"), /404/);
          const missing = await put("from=none&to=3", tar);
          assert.equal(missing.status, 404, await missing.text());
          const stranger = await put("from=1&to=3", tar, "guess");
          assert.equal(stranger.status, 401, await stranger.text());
        });
        // Without a secret, or with one that is soon guessed, nobody pushes.
        for (const weak of [undefined, "short"]) {
          const { SECRET: _, ...others } = bindings;
          const weakened = weak === undefined ? others : { ...others, SECRET: weak };
          await withWorker(directory, weakened, async (url) => {
            const headers = { authorization: `Bearer ${weak}` };
            const answer = await fetch(`${url}?from=1&to=4`, { method: "PUT", body: tar, headers });
            assert.equal(answer.status, 500);
            assert.match(
              (await answer.json()).error,
              /^the Worker's SECRET is missing, or has fewer/,
            );
          });
        }
        await assert.rejects(store.getManifest("4"), /404/);
      })),
);
