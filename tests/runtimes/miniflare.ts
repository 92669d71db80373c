/** Runs Workers in Cloudflare's own simulator, with the runtime of production inside. */

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { bundle } from "../../scripts/runtimes.ts";
import { exec } from "../end_to_end/program.ts";

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

/** What is run. */
export interface WorkerOptions {
  readonly program: string;
  /**
   * Where the program is.
   *
   * @default the example
   */
  readonly folder?: string | undefined;
  readonly bindings: Readonly<Record<string, string>>;
  /** Further options of Miniflare. */
  readonly rest?: object;
}

/** A worker that runs. */
export interface RunningWorker {
  readonly url: string;
  /** The peak of its runtime's resident memory so far, in bytes; 0 where the system does not tell. */
  readonly peak: () => number;
}

/** Installs the simulator into a directory. */
export async function installMiniflare(directory: string): Promise<void> {
  const flags = ["--no-save", "--no-audit", "--no-fund", "--prefix", "."];
  const install = await exec(["npm", "install", ...flags, MINIFLARE], { cwd: directory });
  assert.equal(install.code, 0, install.stderr);
}

/** Runs a worker while an action talks to it. */
export async function withWorker<T>(
  directory: string,
  { program, folder = EXAMPLE, bindings, rest = {} }: WorkerOptions,
  action: (worker: RunningWorker) => Promise<T>,
): Promise<T> {
  await bundle([`${folder}${program}`], directory, [
    "--platform=browser",
    "--conditions=workerd",
    "--target=es2024",
    `--outbase=${folder}`,
  ]);
  await writeFile(join(directory, "run.mjs"), RUNNER);
  await writeFile(
    join(directory, "options.json"),
    JSON.stringify({
      // As wrangler does. By itself Miniflare would look for modules, and refuses specifiers that are made at run time.
      modules: [{ type: "ESModule", path: program.replace(/\.ts$/, ".mjs") }],
      compatibilityDate: "2026-05-01",
      host: "127.0.0.1",
      port: 0,
      bindings,
      ...rest,
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
    return await action({ url, peak: () => peakOfChildren(child.pid) });
  } finally {
    child.stdin.end();
    const timer = setTimeout(() => child.kill("SIGKILL"), 5000);
    await closed;
    clearTimeout(timer);
  }
}

/** The peak of resident memory of what a process has started, as Linux keeps it. */
function peakOfChildren(parent: number | undefined): number {
  if (process.platform !== "linux") return 0;
  let peak = 0;
  for (const name of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const status = readFileSync(`/proc/${name}/status`, "utf8");
      if (!status.includes(`\nPPid:\t${parent}\n`)) continue;
      peak += Number(/^VmHWM:\s*(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
    } catch {
      // It has ended meanwhile.
    }
  }
  return peak;
}
