/**
 * Makes the npm package: `appendlayer.mjs`, the command line in one file for `npx appendlayer`, and `mod.mjs`, the module.
 * Both run on Node 20.16 and later, and need no package.
 */

import { bundle } from "./runtimes.ts";
import { say } from "./run.ts";

/** What deno.json says of the package. */
interface Project {
  readonly version: string;
  readonly license: string;
}

/** Writes the package into a directory that exists. */
export async function buildPackage(directory: string): Promise<void> {
  const at = (name: string): string => `${directory}/${name}`;
  const text = await Deno.readTextFile(new URL("../deno.json", import.meta.url));
  const { version, license }: Project = JSON.parse(text);
  const root = new URL("../", import.meta.url).pathname;
  // Node before 24.2 has no import.meta.main; in a bundle that is run by name it can only be true.
  const common = ["--platform=node", "--target=node20", `--outbase=${root}`];
  await bundle([`${root}cli.ts`], directory, [
    ...common,
    "--define:import.meta.main=true",
    "--banner:js=#!/usr/bin/env node",
  ]);
  await bundle([`${root}mod.ts`], directory, common);
  await Deno.rename(at("cli.mjs"), at("appendlayer.mjs"));
  await Deno.chmod(at("appendlayer.mjs"), 0o755);
  await Deno.writeTextFile(
    at("package.json"),
    JSON.stringify(
      {
        name: "appendlayer",
        version,
        license,
        description:
          "Puts files on top of a container image inside its registry, without pulling it",
        keywords: ["container", "docker", "image", "layer", "oci", "registry"],
        type: "module",
        bin: { appendlayer: "appendlayer.mjs" },
        exports: { ".": "./mod.mjs" },
        files: ["appendlayer.mjs", "mod.mjs"],
        engines: { node: ">=20.16" },
      },
      undefined,
      2,
    ) + "\n",
  );
  for (const name of ["README.md", "LICENSE"]) {
    await Deno.copyFile(`${root}${name}`, at(name));
  }
}

async function main(directory: string): Promise<void> {
  await Deno.mkdir(directory, { recursive: true });
  await buildPackage(directory);
  say(
    `The package is in ${directory}: try it by "npx --yes ./${directory} --version", publish it by "npm publish"`,
  );
}

if (import.meta.main) main(Deno.args[0] ?? "dist/npm");
