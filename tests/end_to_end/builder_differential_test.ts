/** Our library beside container-image-builder and its fork for ECR, from npm: the same calls on the same inputs. */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFile, mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import * as ours from "../../lib/entries/container_image_builder.ts";
import { MICROMATCH, NAMES } from "../container_image_builder/micromatch_table.ts";
import { putBase } from "./base_image.ts";
import { callAll, TREE } from "./builder_calls.mjs";
import { REGISTRY_NEEDS, withRegistry } from "./docker_registry.ts";
import { registryStore } from "./image_store.ts";
import { hasProgram, succeed, testWith } from "./program.ts";
import { openRegistry } from "./registry_http.ts";
import { withDirectory } from "./scratch.ts";

const NODE = process.env["APPENDLAYER_NODE"] || "node";
const NAME = "calls of container-image-builder do here what they do there, or better";

/** What they need beside what they say that they need. */
const PACKAGES = [
  "container-image-builder@3.2.0",
  "@zeriley/container-image-builder@3.2.0",
  "cross-spawn@6",
  "tar@4",
];

/** Where ours is another, and why. */
const BETTER: Readonly<Record<string, string>> = {
  "pack ignores: * and !": "an empty directory stays one; there it is not packed",
  "pack filter and ignores": "both count; there the filter is not called",
  "pack find_links: false": "links stay links, which the option means; there it changes nothing",
  "tags() of a missing repository": "fails; there what the registry says of it is the result",
  "blob() is a Buffer": "a Buffer, as its types said; there it is text",
  "blob() of a layer": "all its bytes; there what is no text is replaced",
  "mount()": "works; there the path that is asked is none of a registry's",
  "manifestUpload()": "its body is a Buffer, as its types said; there it is text",
  "auth() by a namespace": "found, as its README says; there it is not",
  "auth() by another registry": "nobody, who may read; there it fails",
  "auth() of nobody": "nobody, who may read; there it fails",
  "auth() by a part of the name": "goes to the host that was named and no other",
};

/** What is worse than anything that is done here. */
const FATAL = ["never settles", "ends the program"];

const COMPARE =
  `const { any } = require(require.resolve("micromatch", { paths: [require.resolve("container-image-builder")] }));
const [names, patterns] = JSON.parse(require("fs").readFileSync(0, "utf8"));
console.log(JSON.stringify(patterns.map((pattern) => names.filter((name) => any(name, [pattern])).join(" "))));`;

const isReachable = hasProgram("npm") &&
  spawnSync("npm", ["view", "container-image-builder@3.2.0", "version"]).status === 0;

if (!isReachable) test(`${NAME} (needs npm's registry)`, { skip: true }, () => {});
else {
  testWith(
    REGISTRY_NEEDS.open,
    NAME,
    () =>
      withRegistry("open", (registry) =>
        withDirectory(async (directory) => {
          await putBase(registryStore(await openRegistry(registry), "acme/base"), "docker", "1");
          const tree = join(directory, "tree");
          for (const [path, text] of Object.entries<string>(TREE)) {
            await mkdir(dirname(join(tree, path)), { recursive: true });
            await writeFile(join(tree, path), text);
          }
          await symlink("a.js", join(tree, "link"));
          const npm = join(directory, "npm");
          await mkdir(npm);
          await writeFile(join(npm, "package.json"), "{}");
          await succeed(["npm", "install", "--no-audit", "--no-fund", ...PACKAGES], { cwd: npm });

          const patterns = MICROMATCH.map(([pattern]) => pattern);
          const matched = await succeed([NODE, "-e", COMPARE], {
            cwd: npm,
            input: JSON.stringify([NAMES, patterns]),
          });
          assert.deepEqual(JSON.parse(matched), MICROMATCH.map(([, expected]) => expected));

          const program = join(npm, "builder_calls.mjs");
          await copyFile(fileURLToPath(new URL("builder_calls.mjs", import.meta.url)), program);
          const mine: Record<string, string> = await callAll(ours, tree, registry.host);
          for (const module of ["container-image-builder", "@zeriley/container-image-builder"]) {
            const printed = await succeed([NODE, program, module, tree, registry.host], {
              cwd: npm,
            });
            const theirs: Record<string, string> = JSON.parse(printed);
            const other = Object.keys(mine).filter((name) => mine[name] !== theirs[name]);
            const unknown = other.filter((name) =>
              BETTER[name] === undefined && !FATAL.includes(theirs[name] ?? "")
            );
            if (process.env["APPENDLAYER_TABLE"]) {
              const same = Object.keys(mine).length - other.length;
              process.stderr.write(`${module}: ${same} same, ${other.length} other\n`);
              for (const name of other) {
                process.stderr.write(
                  `  ${name}: there ${theirs[name]}\n      here ${mine[name]}\n`,
                );
              }
            }
            assert.deepEqual(unknown, []);
          }
        })),
  );
}
