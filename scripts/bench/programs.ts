/** The programs that are measured. */

import { run } from "../run.ts";

/** How to call a program, for a shell; undefined where it is not installed. */
export interface Programs {
  /** Ours, by runtime: the first that is there comes first. */
  readonly ours: ReadonlyMap<string, string>;
  readonly crane: string;
}

const ROOT = new URL("../../", import.meta.url).pathname;

async function isThere(program: string): Promise<boolean> {
  return (await run(["bash", "-c", `command -v ${program}`])).code === 0;
}

/** Bundles the command line into one file, as the npm package and the executables have it. */
async function bundle(folder: string): Promise<string> {
  const output = `${folder}/appendlayer.mjs`;
  const { code, output: said } = await run([
    "esbuild",
    "--bundle",
    "--platform=node",
    "--format=esm",
    "--minify",
    `--outfile=${output}`,
    `${ROOT}cli.ts`,
  ]);
  if (code !== 0) throw new Error(`Cannot bundle the command line: ${said.trim()}`);
  return output;
}

/**
 * Finds them. `CRANE` names crane where it is not in the PATH; `APPENDLAYER` names an executable of ours to measure instead of
 * the source on each runtime.
 */
export async function findPrograms(folder: string): Promise<Programs> {
  const crane = Deno.env.get("CRANE") ?? "crane";
  if (!(await isThere(crane))) {
    throw new Error("Cannot find crane: put it into the PATH, or its path into CRANE");
  }
  const given = Deno.env.get("APPENDLAYER");
  if (given !== undefined) return { ours: new Map([["appendlayer", given]]), crane };
  const script = await bundle(folder);
  const ours = new Map<string, string>();
  if (await isThere("bun")) ours.set("appendlayer, Bun", `bun ${script}`);
  ours.set("appendlayer, Deno", `${Deno.execPath()} run -A --no-check ${script}`);
  if (await isThere("node")) ours.set("appendlayer, Node", `node ${script}`);
  return { ours, crane };
}
