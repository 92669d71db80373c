/** The npm package as a program has it that has installed it. */

import assert from "node:assert/strict";
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { DENO } from "./appendlayer.ts";
import { succeed } from "./program.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** What the package is made of. */
const SOURCES = ["README.md", "LICENSE", "deno.json", "mod.ts", "cli.ts", "lib", "scripts"];

/** Makes the npm package, in a checkout below a folder with a blank in its name, and installs it; returns its version. */
export async function installPackage(directory: string): Promise<string> {
  const checkout = join(directory, "a checkout");
  await mkdir(checkout);
  for (const name of SOURCES) await cp(join(ROOT, name), join(checkout, name), { recursive: true });
  const made = join(directory, "package");
  const [deno = "deno"] = DENO.command;
  await succeed([deno, "run", "-A", "scripts/npm.ts", made], {
    cwd: checkout,
    env: { GITHUB_REPOSITORY: "acme/appendlayer" },
  });
  await writeFile(join(directory, "package.json"), '{"type":"module"}');
  await succeed(["npm", "install", "--no-audit", "--no-fund", "--install-links", "./package"], {
    cwd: directory,
  });
  const installed = join(directory, "node_modules", "appendlayer", "package.json");
  const { version, repository } = JSON.parse(await readFile(installed, "utf8"));
  // npm compares it with the workflow's own repository, and refuses a provenance without it.
  const url = "git+https://github.com/acme/appendlayer.git";
  assert.deepEqual(repository, { type: "git", url });
  return version;
}

/** Types that are right, and two that must not be: where all is `any`, nothing is expected in vain. */
export const TYPED: string =
  `import { appendLayer, type AppendOptions, LayerError } from "appendlayer";
import { Image } from "appendlayer/container-image-builder";
import { awsCredentials } from "appendlayer/credentials";
import { addFiles } from "appendlayer/files";
import { type Host, nodeHost } from "appendlayer/host";
import { writeTar } from "appendlayer/tar";
const options: AppendOptions = { layers: [new Uint8Array(1)], env: { A: "1", B: null } };
export async function use(host?: Host): Promise<void> {
const { digest, layers } = await appendLayer("scratch", "oci:image:1", options);
const known: \`sha256:\${string}\` | \`sha512:\${string}\` = digest;
const sizes: readonly number[] = layers.map(({ size }) => size);
console.log(known, sizes, host ?? await nodeHost({ threads: 1 }));
// @ts-expect-error -- a digest is a text
const wrong: number = digest;
}
export default { directory: new Image("a", "b").WorkingDir, LayerError };
export const others = [awsCredentials, addFiles, writeTar];
// @ts-expect-error -- an image is named by a text
appendLayer(1, "oci:image:1");
`;
