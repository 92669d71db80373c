/**
 * Makes the npm package: `appendlayer.mjs`, the command line in one file for `npx appendlayer`, and `mod.mjs`, the module, with its
 * types. Both run on Node 20.16 and later, and need no package.
 */

import { fileURLToPath } from "node:url";
import { bundle } from "./runtimes.ts";
import { run, say } from "./run.ts";

/** TypeScript's compiler, from npm. */
export const TSC = ["npx", "-y", "--package=typescript@5.9.3", "tsc"] as const;

/** What deno.json says of the package. */
interface Project {
  readonly version: string;
  readonly license: string;
}

/** Writes the package into a directory that exists. On GitHub it names the repository, without which npm takes no provenance. */
export async function buildPackage(directory: string): Promise<void> {
  const at = (name: string): string => `${directory}/${name}`;
  const text = await Deno.readTextFile(new URL("../deno.json", import.meta.url));
  const { version, license }: Project = JSON.parse(text);
  const root = fileURLToPath(new URL("../", import.meta.url));
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
  await writeTypes(root, at("types"));
  const repository = Deno.env.get("GITHUB_REPOSITORY");
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
        ...(repository && {
          repository: { type: "git", url: `git+https://github.com/${repository}.git` },
        }),
        type: "module",
        bin: { appendlayer: "appendlayer.mjs" },
        exports: { ".": { types: "./types/mod.d.ts", default: "./mod.mjs" } },
        files: ["appendlayer.mjs", "mod.mjs", "types"],
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

/** Writes the declarations of `mod.ts` and what it imports. They need no checking: `deno task check` did that. */
async function writeTypes(root: string, directory: string): Promise<void> {
  const { code, output } = await run([
    ...TSC,
    `${root}mod.ts`,
    "--declaration",
    "--emitDeclarationOnly",
    "--noCheck",
    "--allowImportingTsExtensions",
    "--target",
    "es2024",
    "--module",
    "esnext",
    "--moduleResolution",
    "bundler",
    "--rootDir",
    root,
    "--outDir",
    directory,
  ]);
  if (code !== 0) throw new Error(`Cannot write the types: ${output.trim()}`);
}

async function main(directory: string): Promise<void> {
  await Deno.mkdir(directory, { recursive: true });
  await buildPackage(directory);
  say(
    `The package is in ${directory}: try it by "npx --yes ./${directory} --version", publish it by "npm publish"`,
  );
}

if (import.meta.main) main(Deno.args[0] ?? "dist/npm");
