/** The programs that are measured. */

import { fileURLToPath } from "node:url";
import { compileWithBun } from "../compile.ts";
import { run } from "../run.ts";
import { bundle, findBun } from "../runtimes.ts";

/** How to call a program, for a shell; undefined where it is not installed. */
export interface Programs {
  /** Ours, by runtime: the first that is there comes first. */
  readonly ours: ReadonlyMap<string, string>;
  readonly crane: string;
}

/** Whether a program is in the PATH. */
export async function isThere(program: string): Promise<boolean> {
  return (await run(["bash", "-c", `command -v ${program}`])).code === 0;
}

/** Bundles the command line into one file, as the npm package has it. */
async function bundleCommand(folder: string): Promise<string> {
  const entry = fileURLToPath(new URL("../../cli.ts", import.meta.url));
  await bundle([entry], folder, ["--platform=node", "--target=node20", "--minify"]);
  return `${folder}/cli.mjs`;
}

/** Makes the executable that people download. */
async function compileExecutable(bun: string, folder: string): Promise<string> {
  const output = `${folder}/appendlayer`;
  const { code, output: said } = await compileWithBun(bun, output);
  if (code !== 0) throw new Error(`Cannot compile the executable: ${said.trim()}`);
  return output;
}

/** What ours can run on. */
export const WAYS = ["executable", "bun", "deno", "node"] as const;

/**
 * Finds crane: in the PATH, or where `CRANE` says.
 *
 * @throws {Error} where it is not.
 */
export async function findCrane(): Promise<string> {
  const crane = Deno.env.get("CRANE") ?? "crane";
  if (await isThere(crane)) return crane;
  throw new Error("Cannot find crane: put it into the PATH, or its path into CRANE");
}

/**
 * Finds them.
 *
 * @param ways Those of `WAYS` that are wanted; Bun, which also makes the executable, and Node are left out where they are not to be had.
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
