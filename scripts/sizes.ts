/**
 * Checks the sizes that parts of the library add to a program for the browser: bundled and minified by esbuild, in bytes, with limits.
 */

import { fileURLToPath } from "node:url";
import { bundleEntries, describePackage } from "./npm.ts";
import { bundle } from "./runtimes.ts";
import { say } from "./run.ts";

/** A name that is imported from the main entry, and its limit. */
interface Limit {
  readonly name: string;
  /** The most bytes, minified. */
  readonly bytes: number;
}

const LIMITS: readonly Limit[] = [
  { name: "parseReference", bytes: 4_096 },
  // This includes archives, engines, repairs of layers, reading the base, tables of contents, and layers that are taken from registries or
  // kept by name. Of the larger parts, the kernel that compresses has 11 KiB, the packed lists of a million paths 5 KiB, and the checks of
  // archives on standard input and of hard links 2 KiB.
  { name: "appendLayer", bytes: 303_616 },
];

/** Prints the sizes; returns false if one is above its limit. */
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
