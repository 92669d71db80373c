/** Finds the runtimes that tests run on: the Deno that runs this, Node from the path, Bun and esbuild from npm. */

import { run } from "./run.ts";

/** The versions that the tests are run on. */
const BUN = "bun@1.4.5";
const ESBUILD = "esbuild@0.28.2";

/** A runtime, and the command that starts it. */
export interface Runtime {
  readonly name: "deno" | "bun" | "node";
  readonly path: string;
  readonly version: string;
}

/** A runtime, or the reason why it is missing. */
export type FoundRuntime = Runtime | { readonly name: Runtime["name"]; readonly missing: string };

/** The Deno that runs this script. */
export function findDeno(): Runtime {
  return { name: "deno", path: Deno.execPath(), version: Deno.version.deno };
}

/** Finds Node in the path. It must be 20.16 or later, for `process.getBuiltinModule`. */
export async function findNode(): Promise<FoundRuntime> {
  const { code, stdout, output } = await run([
    "node",
    "--print",
    "typeof process.getBuiltinModule === 'function' ? process.version + process.execPath : ''",
  ]);
  const [, version, path] = /^v([^/\\A-Z]+)(.*)$/.exec(stdout.trim()) ?? [];
  if (code === 0 && version !== undefined && path !== undefined) {
    return { name: "node", path, version };
  }
  return { name: "node", missing: `Node 20.16 or later is needed: ${output.trim()}` };
}

/** Finds Bun from npm. Its path is asked once, so that later it starts without npx. */
export async function findBun(): Promise<FoundRuntime> {
  const where = "console.log(Bun.version + process.execPath)";
  const { code, stdout, output } = await run(["npx", "-y", BUN, "--eval", where]);
  const [, version, path] = /^([^/\\A-Z]+)(.*)$/.exec(stdout.trim()) ?? [];
  if (code === 0 && version !== undefined && path !== undefined) {
    return { name: "bun", path, version };
  }
  return {
    name: "bun",
    missing: `npx could not start ${BUN}: ${output.trim().split("\n").at(-1)}`,
  };
}

/** Node 24.2 and later set `import.meta.main` in a bundle that is run, so that each script that a test imports would run too. */
const FOR_TESTS = [
  "--platform=node",
  "--target=node20",
  "--outbase=.",
  "--define:import.meta.main=false",
];

/**
 * Bundles TypeScript for Node, each entry into one `.mjs` file.
 *
 * @param entries Paths below the current directory.
 * @param directory The directory for the bundles, which have the entries' paths in it.
 * @param options Further options of esbuild's command line.
 * @throws {Error} with what esbuild printed.
 */
export async function bundle(
  entries: readonly string[],
  directory: string,
  options: readonly string[] = FOR_TESTS,
): Promise<void> {
  const { code, output } = await run([
    "npx",
    "-y",
    ESBUILD,
    ...entries,
    "--bundle",
    "--format=esm",
    "--log-level=warning",
    `--outdir=${directory}`,
    "--out-extension:.js=.mjs",
    ...options,
  ]);
  if (code !== 0) throw new Error(`Cannot bundle for Node: ${output.trim()}`);
}
