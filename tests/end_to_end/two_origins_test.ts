/** What another origin gets to hear from each runtime's own fetch. */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { bundle } from "../../scripts/runtimes.ts";
import { hasProgram, succeed, testWith } from "./program.ts";
import { withDirectory } from "./scratch.ts";
import { BLOB, PASSWORD } from "./two_origins_client.ts";
import { type TwoOrigins, withTwoOrigins } from "./two_origins_server.ts";

const PROGRAM = "tests/end_to_end/two_origins_program.ts";
const WORKER = "tests/end_to_end/two_origins_worker.ts";
const NODE = process.env["APPENDLAYER_NODE"] || "node";
const BUN = process.env["APPENDLAYER_BUN"] || "bun";
const DIGEST = `sha256:${createHash("sha256").update(BLOB).digest("hex")}`;

/** Cloudflare's own simulator, with the runtime of production inside. */
const MINIFLARE = "miniflare@4.20260730.0";

/** Asks a worker once, and prints what it answers. */
const RUNNER = `
import { Miniflare } from "miniflare";
const [query] = process.argv.slice(2);
const miniflare = new Miniflare({
  modules: true,
  scriptPath: "two_origins_worker.mjs",
  compatibilityDate: "2024-09-23",
});
try {
  const response = await miniflare.dispatchFetch("http://worker.test/?" + query);
  process.stdout.write(await response.text());
} finally {
  await miniflare.dispose();
}
`;

async function check(run: (registry: string) => Promise<string>): Promise<void> {
  await withTwoOrigins(BLOB, async (origins) => {
    const outcomes = JSON.parse(await run(origins.registry));
    assert.deepEqual(outcomes, {
      download: "done",
      upload: "done",
      challenge: "RegistryError",
      realm: "AuthError",
      token: "AuthError",
      tags: "done",
      broken: "RangeError",
    });
    checkOrigins(origins);
  });
}

function checkOrigins({ elsewhere, atRegistry }: TwoOrigins): void {
  const paths = elsewhere.map(({ method, path }) => `${method} ${path.replace(/\?.*/, "")}`);
  assert.deepEqual(paths, [
    "GET /blob",
    "PUT /upload",
    "PATCH /upload",
    "PUT /upload",
    "GET /challenge",
  ]);
  for (const { headers, path } of elsewhere) {
    const all = JSON.stringify(headers) + path;
    assert.equal(headers["authorization"], undefined);
    assert.ok(!all.includes(PASSWORD) && !all.includes(btoa(`user:${PASSWORD}`)));
  }
  const broken = atRegistry.filter(({ method, path }) =>
    path.startsWith("/v2/broken/") && (method === "PATCH" || method === "PUT")
  );
  assert.deepEqual(broken.map(({ method, isWhole }) => `${method} ${isWhole}`), ["PATCH false"]);
}

test("another origin gets no credentials from Deno", () =>
  check((registry) => {
    const script = fileURLToPath(new URL("./two_origins_program.ts", import.meta.url));
    return succeed([process.execPath, "run", "-A", "--no-check", script, registry, DIGEST]);
  }));

test("another origin gets no credentials from Node", () =>
  withDirectory(async (directory) => {
    await bundle([PROGRAM], directory);
    const path = join(directory, PROGRAM.replace(".ts", ".mjs"));
    await check((registry) => succeed([NODE, path, registry, DIGEST]));
  }));

test("another origin gets no credentials from Bun", {
  skip: hasProgram(BUN) || BUN.includes("/") ? false : "Bun is not there",
}, () =>
  check((registry) => {
    const script = fileURLToPath(new URL("./two_origins_program.ts", import.meta.url));
    return succeed([BUN, script, registry, DIGEST]);
  }));

testWith(
  ["npm"],
  "another origin gets no credentials from workerd",
  () =>
    withDirectory(async (directory) => {
      const options = ["--no-save", "--no-audit", "--no-fund", "--prefix", "."];
      await succeed(["npm", "install", ...options, MINIFLARE], { cwd: directory });
      const target = ["--platform=browser", "--conditions=workerd", "--target=es2024"];
      await bundle([WORKER], directory, target);
      await writeFile(join(directory, "run.mjs"), RUNNER);
      await check((registry) =>
        succeed([NODE, "run.mjs", `registry=${registry}&digest=${DIGEST}`], { cwd: directory })
      );
    }),
);
