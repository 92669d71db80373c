/**
 * Makes the npm package: `appendlayer.mjs`, the command line in one file for `npx appendlayer`, and a module with types for each entry,
 * for `import` and for `require`. They run on Node 20.16 and later, and need no other package.
 */

import { fileURLToPath } from "node:url";
import project from "../deno.json" with { type: "json" };
import { ENTRIES, type Entry } from "./entries.ts";
import { bundle } from "./runtimes.ts";
import { run, say } from "./run.ts";

/** The TypeScript compiler, from npm. */
export const TSC = ["npx", "-y", "--package=typescript@5.9.3", "tsc"] as const;

/** The command line's file in the package. */
export const COMMAND = "appendlayer.mjs";

const ROOT = fileURLToPath(new URL("../", import.meta.url));

/** Writes the command line into a directory that exists. */
export async function buildCommand(directory: string): Promise<void> {
  await bundle([`${ROOT}cli.ts`], directory, [
    "--platform=node",
    "--target=node20",
    `--outbase=${ROOT}`,
    // Node before 24.2 has no `import.meta.main`; in this bundle, which is only run as a program, it is always true.
    "--define:import.meta.main=true",
    "--banner:js=#!/usr/bin/env node",
  ]);
  await Deno.rename(`${directory}/cli.mjs`, `${directory}/${COMMAND}`);
  await Deno.chmod(`${directory}/${COMMAND}`, 0o755);
}

/** Writes the package into a directory that exists. */
async function buildPackage(directory: string): Promise<void> {
  const at = (name: string): string => `${directory}/${name}`;
  await buildCommand(directory);
  await bundleEntries(ROOT, directory);
  await bundleForRequire(ROOT, at("cjs"));
  for (const half of [directory, at("cjs")]) await writeTypes(ROOT, half);
  for (const entry of ENTRIES) await writeNodeEntry(entry, ROOT, directory);
  await Deno.writeTextFile(at("package.json"), await describePackage(directory));
  for (const name of ["README.md", "LICENSE"]) {
    await Deno.copyFile(`${ROOT}${name}`, at(name));
  }
}

/**
 * The text of `package.json` for a directory with the entries. On GitHub it names the repository, which npm requires for provenance.
 */
export async function describePackage(directory: string): Promise<string> {
  const { version, license } = project;
  const repository = Deno.env.get("GITHUB_REPOSITORY");
  const description = {
    name: "appendlayer",
    version,
    license,
    description: "Puts files on top of a container image inside its registry, without pulling it",
    keywords: ["container", "docker", "image", "layer", "oci", "registry"],
    ...(repository && {
      repository: { type: "git", url: `git+https://github.com/${repository}.git` },
    }),
    type: "module",
    bin: { appendlayer: COMMAND },
    // For tools that do not know `exports`; they find the other entries by folders of their names.
    main: "./cjs/mod.js",
    module: "./mod.mjs",
    types: "./cjs/mod.d.ts",
    exports: {
      ...Object.fromEntries(ENTRIES.map((entry) => [
        entry.name === "" ? "." : `./${entry.name}`,
        describeExport(fileOf(entry)),
      ])),
      "./package.json": "./package.json",
    },
    // No module has side effects when it is imported, so that bundlers may drop what is not used.
    sideEffects: false,
    browser: await leftOutOfBrowsers(directory),
    files: [
      "*.mjs",
      "*.d.ts",
      "chunks",
      "cjs",
      "node",
      "types",
      ...ENTRIES.map(({ name }) => name).filter((name) => name !== ""),
    ],
    engines: { node: ">=20.16" },
  };
  return `${JSON.stringify(description, undefined, 2)}\n`;
}

/**
 * The conditional exports of an entry. On Node, Deno and Bun `import` loads the same module as `require`: with two copies of a class,
 * objects of one would not be instances of the other.
 */
function describeExport(file: string): unknown {
  return {
    require: { types: `./cjs/${file}.d.ts`, default: `./cjs/${file}.js` },
    node: { types: `./${file}.d.ts`, default: `./node/${file}.mjs` },
    types: `./${file}.d.ts`,
    default: `./${file}.mjs`,
  };
}

/** The name of an entry's files in the package, without extension. */
function fileOf({ name }: Entry): string {
  return name === "" ? "mod" : name;
}

/** The source of an entry in the package. For the main entry it is not `mod.ts`, which is also a program. */
function sourceOf({ name, path }: Entry): string {
  return name === "" ? "lib/entries/main.ts" : path;
}

/** Bundles the entries, which share chunks: see {@linkcode describeExport}. */
export async function bundleEntries(root: string, directory: string): Promise<void> {
  const entries = ENTRIES.map((entry) => `${fileOf(entry)}=${root}${sourceOf(entry)}`);
  await bundle(entries, directory, [
    "--platform=node",
    "--target=node20",
    "--splitting",
    "--chunk-names=chunks/[name]-[hash]",
  ]);
}

/** Bundles all entries into one CommonJS module, and writes a module for each entry that exports its part of it. */
async function bundleForRequire(root: string, directory: string): Promise<void> {
  await Deno.mkdir(directory, { recursive: true });
  const library = `${directory}/library.ts`;
  const parts = ENTRIES.map((entry) =>
    `export * as ${JSON.stringify(fileOf(entry))} from ${
      JSON.stringify(`${root}${sourceOf(entry)}`)
    };\n`
  );
  await Deno.writeTextFile(library, parts.join(""));
  await bundle([library], directory, [
    "--platform=node",
    "--target=node20",
    "--format=cjs",
    "--out-extension:.js=.js",
  ]);
  await Deno.remove(library);
  await Deno.writeTextFile(`${directory}/package.json`, '{ "type": "commonjs" }\n');
  for (const entry of ENTRIES) {
    const file = fileOf(entry);
    await Deno.writeTextFile(
      `${directory}/${file}.js`,
      `"use strict";\nmodule.exports = require("./library.js")[${JSON.stringify(file)}];\n`,
    );
  }
}

/** Writes the module that `import` loads on Node, and a folder for tools that do not know `exports`. */
async function writeNodeEntry(entry: Entry, root: string, directory: string): Promise<void> {
  const file = fileOf(entry);
  const names = Object.keys(await import(`${root}${sourceOf(entry)}`));
  await Deno.mkdir(`${directory}/node`, { recursive: true });
  await Deno.writeTextFile(
    `${directory}/node/${file}.mjs`,
    `import library from "../cjs/${file}.js";\nexport const { ${names.join(", ")} } = library;\n`,
  );
  if (entry.name === "") return;
  await Deno.mkdir(`${directory}/${entry.name}`, { recursive: true });
  const description = {
    main: `../cjs/${file}.js`,
    module: `../${file}.mjs`,
    types: `../cjs/${file}.d.ts`,
  };
  await Deno.writeTextFile(
    `${directory}/${entry.name}/package.json`,
    `${JSON.stringify(description, undefined, 2)}\n`,
  );
}

/** The files of the host of Deno, Bun and Node, which is imported dynamically, and never in browsers. */
async function leftOutOfBrowsers(directory: string): Promise<Record<string, false>> {
  const leftOut: Record<string, false> = {};
  for await (const { name } of Deno.readDir(`${directory}/chunks`)) {
    if (name.startsWith("node_host-")) leftOut[`./chunks/${name}`] = false;
  }
  if (Object.keys(leftOut).length === 1) return leftOut;
  throw new Error("Cannot find the chunk with the host of Deno, Bun and Node");
}

/**
 * Writes the declarations of the entries and of what they import, for `import` or for `require`. They are not checked, which
 * `deno task check` does.
 */
async function writeTypes(root: string, directory: string): Promise<void> {
  const types = `${directory}/types`;
  const { code, output } = await run([
    ...TSC,
    ...ENTRIES.map((entry) => `${root}${sourceOf(entry)}`),
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
    types,
  ]);
  if (code !== 0) throw new Error(`Cannot write the types: ${output.trim()}`);
  await adaptTypes(types);
  for (const entry of ENTRIES) {
    await Deno.writeTextFile(
      `${directory}/${fileOf(entry)}.d.ts`,
      `export * from "./types/${sourceOf(entry).replace(/\.ts$/, ".js")}";\n`,
    );
  }
}

/**
 * Adapts declarations to TypeScript 5.2 and later. Before 5.7, `Uint8Array` has no type parameter; the return type of `Uint8Array.of`
 * has the right parameter in all versions.
 */
async function adaptTypes(directory: string): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(directory)) {
    const path = `${directory}/${name}`;
    if (isDirectory) {
      await adaptTypes(path);
      continue;
    }
    const text = await Deno.readTextFile(path);
    await Deno.writeTextFile(
      path,
      text
        .replaceAll("Uint8Array<ArrayBuffer>", 'ReturnType<Uint8ArrayConstructor["of"]>')
        .replaceAll(/(from |import\()"(\.{1,2}\/[^"]+)\.ts"/g, '$1"$2.js"'),
    );
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
