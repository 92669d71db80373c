/** The npm package under every TypeScript, Node, Deno and Bun that it is promised for; long, so only where all is run. */

import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { BUN, DENO } from "./appendlayer.ts";
import { putBase } from "./base_image.ts";
import { REGISTRY_NEEDS, withRegistry } from "./docker_registry.ts";
import { LONG } from "./engines/engine.ts";
import { checkImage } from "./image_checker.ts";
import { registryStore } from "./image_store.ts";
import { note } from "./notes.ts";
import { installPackage, TYPED } from "./npm_package.ts";
import { exec, succeed, testWith } from "./program.ts";
import { openRegistry } from "./registry_http.ts";
import { withDirectory } from "./scratch.ts";

const TYPESCRIPTS = ["5.2", "5.4", "5.6", "5.9", "latest"];

/** How modules are found: TypeScript's options, and the ending of the program's name. */
const RESOLUTIONS: readonly (readonly [name: string, ending: string, ...options: string[]])[] = [
  ["node10", "ts", "--module", "commonjs", "--moduleResolution", "node10"],
  ["node16", "ts", "--module", "node16"],
  ["node16, required", "cts", "--module", "node16"],
  ["nodenext", "ts", "--module", "nodenext"],
  ["nodenext, required", "cts", "--module", "nodenext"],
  ["bundler", "ts", "--module", "esnext", "--moduleResolution", "bundler"],
];

/** From TypeScript 6 on, the oldest way is refused unless it is excused; 7 has it no longer. */
const EXCUSE = ["--ignoreDeprecations", "6.0"];

const NODES = ["20.16.0", "20", "22", "24"];

/** The first programs of container-image-builder's page, with the module and the images' names changed. */
const PROGRAM =
  `const image = new Image(base, target, { auth: { [host]: { Username: "", Secret: "" } } });
  await image.addFiles({ "/srv/app": "./app" });
  await image.addFiles({ "/help.md": new CustomFile({ data: Buffer.from("hello") }) }, { ignores: ["*.key"] });
  image.WorkingDir = "/srv/app";
  image.Cmd = ["node", "index.js"];
  image.Env = ["MODE=production"];
  const result = await image.save();
  const client = await image.client(target, true);
  const tags = await client.tags();
  const { config } = await client.manifest(result.digest);
  const { layers } = (await image.getImageData()).manifest;
  const { token } = await auth(target, "pull", { [host]: { token: "t" } });
  console.log(result.digest, tags.tags.join(" "), config.digest.length, layers.length, token);
`;
const NAMES = "{ auth, CustomFile, Image }";
const MODULE = '"appendlayer/container-image-builder"';
const ARGUMENTS = "const [host, base, target] = process.argv.slice(2)";
const PROGRAMS: Readonly<Record<string, string>> = {
  "program.cjs":
    `const ${NAMES} = require(${MODULE});\n${ARGUMENTS};\n(async () => {\n  ${PROGRAM}})();\n`,
  "program.mjs": `import ${NAMES} from ${MODULE};\n${ARGUMENTS};\n  ${PROGRAM}`,
  "program.ts":
    `import ${NAMES} from ${MODULE};\n${ARGUMENTS} as [string, string, string];\n  ${PROGRAM}`,
};

if (!LONG) test("the npm package everywhere (runs where all is run)", { skip: true }, () => {});
else {
  testWith(
    ["npm", "npx"],
    "the package's types compile under each TypeScript, in each way of finding them",
    () =>
      withDirectory(async (directory) => {
        await installPackage(directory);
        await writeFile(join(directory, "use.ts"), TYPED);
        await writeFile(join(directory, "use.cts"), TYPED);
        const failed: string[] = [];
        let count = 0;
        for (const version of TYPESCRIPTS) {
          const tsc = ["npx", "-y", `--package=typescript@${version}`, "tsc"];
          const found = (await succeed([...tsc, "--version"], { cwd: directory })).trim();
          const major = Number(/\d+/.exec(found)?.[0]);
          for (const [name, ending, ...options] of RESOLUTIONS) {
            if (name === "node10" && major > 6) continue;
            for (const skip of ["true", "false"]) {
              const { code, stdout } = await exec(
                [
                  ...tsc,
                  ...["--noEmit", "--strict", "--target", "es2022", "--lib", "es2022,dom"],
                  ...["--skipLibCheck", skip],
                  ...(name === "node10" && major === 6 ? EXCUSE : []),
                  ...options,
                  `use.${ending}`,
                ],
                { cwd: directory },
              );
              count++;
              if (code !== 0) failed.push(`${found}, ${name}, skipLibCheck ${skip}: ${stdout}`);
            }
          }
        }
        note(`types: ${count - failed.length} of ${count} compile`);
        assert.deepEqual(failed, []);
      }),
  );

  testWith(
    ["npm", "npx", ...REGISTRY_NEEDS.open],
    "the programs of container-image-builder's page run on each Node, on Deno and on Bun",
    () =>
      withRegistry("open", (registry) =>
        withDirectory(async (directory) => {
          const store = registryStore(await openRegistry(registry), "acme/base");
          await putBase(store, "docker", "1");
          await installPackage(directory);
          await mkdir(join(directory, "app"));
          await writeFile(join(directory, "app", "index.js"), "console.log(42)\n");
          for (const [name, text] of Object.entries(PROGRAMS)) {
            await writeFile(join(directory, name), text);
          }
          const runtimes: (readonly [name: string, ...command: string[]])[] = NODES.map((
            version,
          ) => [`Node ${version}`, "npx", "-y", `--package=node@${version}`, "node"]);
          runtimes.push(["Deno", DENO.command[0] ?? "deno", "run", "-A", "--no-check"]);
          if (BUN !== undefined) runtimes.push(["Bun", BUN.command[0] ?? "bun"]);
          for (const [runtime, ...command] of runtimes) {
            for (const name of Object.keys(PROGRAMS)) {
              // Node runs TypeScript as it is from 22.18 on.
              if (name.endsWith(".ts") && /^Node 20/.test(runtime)) continue;
              const target = `${registry.host}/acme/${runtime.replace(/\W/g, "-").toLowerCase()}:1`;
              const args = [name, registry.host, `${registry.host}/acme/base:1`, target];
              const printed = await succeed([...command, ...args], { cwd: directory });
              const place = registryStore(
                await openRegistry(registry),
                target.split("/").slice(1).join("/").replace(":1", ""),
              );
              const { digest } = await checkImage(place, "1");
              assert.match(printed, new RegExp(`^${digest} 1 71 \\d t\n$`), `${runtime}, ${name}`);
              note(`${runtime} runs ${name}`);
            }
          }
        })),
  );

  testWith(
    ["npm", "npx"],
    "publint and attw find nothing wrong in the package",
    () =>
      withDirectory(async (directory) => {
        await installPackage(directory);
        const made = join(directory, "package");
        const listed = await succeed(["npm", "pack", "--dry-run", "--json"], { cwd: made });
        const [{ size, unpackedSize, entryCount }] = JSON.parse(listed);
        note(`npm pack: ${entryCount} files, ${size} bytes, ${unpackedSize} unpacked`);
        const lint = await succeed(["npx", "-y", "publint@0.3", "--strict"], { cwd: made });
        assert.doesNotMatch(lint, /Warnings|Errors/);
        await succeed(["npx", "-y", "@arethetypeswrong/cli@0.18", "--pack", "."], { cwd: made });
      }),
  );
}
