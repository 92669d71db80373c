/**
 * What a program for the browser pays for the library from npm: bundled and minified by esbuild, in bytes, and held against limits.
 */

import { fileURLToPath } from "node:url";
import { bundleEntries, describePackage } from "./npm.ts";
import { bundle } from "./runtimes.ts";
import { say } from "./run.ts";

/** A name that is imported from the main entry, and what it may cost at most. */
interface Limit {
  readonly name: string;
  /** Bytes, minified. */
  readonly bytes: number;
}

const LIMITS: readonly Limit[] = [
  { name: "parseReference", bytes: 4_096 },
  // Archives, engines with what is asked of them, repairs, questions to the base, tables of contents and
  // layers that are taken from registries or kept by name are in it, each with its bounds; what layers
  // say of a million paths is held in bytes, and kept as those from run to run, which takes 5 KiB of
  // code; an archive on standard input is held to be one as it comes, and hard links to be as their
  // files, which takes 2 KiB. The kernel that compresses is 11 KiB of it; it tells noise from what is
  // worth a search, for 0.3 KiB.
  { name: "appendLayer", bytes: 303_616 },
];

/** Prints the sizes; false where one is above its limit. */
async function checkSizes(directory: string): Promise<boolean> {
  const made = `${directory}/node_modules/appendlayer`;
  await Deno.mkdir(made, { recursive: true });
  await bundleEntries(fileURLToPath(new URL("../", import.meta.url)), made);
  await Deno.writeTextFile(`${made}/package.json`, await describePackage(made));
  for (const { name } of LIMITS) {
    const program = `export { ${name} } from "appendlayer";\n`;
    await Deno.writeTextFile(`${directory}/${name}.js`, program);
  }
  const programs = LIMITS.map(({ name }) => `${directory}/${name}.js`);
  await bundle(programs, directory, ["--minify", "--platform=browser", "--target=es2024"]);
  let isSmall = true;
  for (const { name, bytes } of LIMITS) {
    const { size } = await Deno.stat(`${directory}/${name}.mjs`);
    say(`${name}: ${size} bytes for the browser, minified; at most ${bytes}`);
    if (size > bytes) isSmall = false;
  }
  return isSmall;
}

async function main(): Promise<number> {
  const directory = await Deno.makeTempDir();
  try {
    return await checkSizes(directory) ? 0 : 1;
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

if (import.meta.main) {
  main().then((code) => Deno.exitCode = code);
}
