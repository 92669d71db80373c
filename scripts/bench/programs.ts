/** The programs that are measured. */

import { fileURLToPath } from "node:url";
import { compileWithBun } from "../compile.ts";
import { run } from "../run.ts";
import { bundle, findBun } from "../runtimes.ts";

/** Shell commands of the programs; undefined for one that is not installed. */
export interface Programs {
  /** Our programs by runtime, in the order in which they are listed. */
  readonly ours: ReadonlyMap<string, string>;
  readonly crane: string;
}

/** Whether a program is in the PATH. */
export async function isThere(program: string): Promise<boolean> {
  return (await run(["bash", "-c", `command -v ${program}`])).code === 0;
}

/** Bundles the command line into one file, as in the npm package. */
async function bundleCommand(folder: string): Promise<string> {
  const entry = fileURLToPath(new URL("../../cli.ts", import.meta.url));
  await bundle([entry], folder, ["--platform=node", "--target=node20", "--minify"]);
  return `${folder}/cli.mjs`;
}

/** Makes the executable, as it is released. */
async function compileExecutable(bun: string, folder: string): Promise<string> {
  const output = `${folder}/appendlayer`;
  const { code, output: said } = await compileWithBun(bun, output);
  if (code !== 0) throw new Error(`Cannot compile the executable: ${said.trim()}`);
  return output;
}

/** The runtimes of our programs. */
export const WAYS = ["executable", "bun", "deno", "node"] as const;

/**
 * Finds crane: in the PATH, or at the path in `CRANE`.
 *
 * @throws {Error} if it is not there.
 */
export async function findCrane(): Promise<string> {
  const crane = Deno.env.get("CRANE") ?? "crane";
  if (await isThere(crane)) return crane;
  throw new Error("Cannot find crane: put it into the PATH, or its path into CRANE");
}

/**
 * Finds the programs.
 *
 * @param ways Names from `WAYS`. Node and Bun, which also makes the executable, are left out if they are missing.
 */
export async function findPrograms(folder: string, ways: readonly string[]): Promise<Programs> {
  const crane = await findCrane();
  const script = await bundleCommand(folder);
  const bun = await findBun();
  const ours = new Map<string, string>();
  if (ways.includes("executable") && "path" in bun) {
    ours.set("appendlayer", await compileExecutable(bun.path, folder));
  }
  if (ways.includes("bun") && "path" in bun) ours.set("appendlayer, Bun", `${bun.path} ${script}`);
  if (ways.includes("deno")) {
    ours.set("appendlayer, Deno", `${Deno.execPath()} run -A --no-check ${script}`);
  }
  if (ways.includes("node") && await isThere("node")) {
    ours.set("appendlayer, Node", `node ${script}`);
  }
  return { ours, crane };
}
