import assert from "node:assert/strict";
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { compileWithBun } from "../../scripts/compile.ts";
import { TSC } from "../../scripts/npm.ts";
import { bundle } from "../../scripts/runtimes.ts";
import { BUN, DENO } from "./appendlayer.ts";
import { tarOfFiles } from "./base_image.ts";
import { checkImage } from "./image_checker.ts";
import { layoutStore } from "./image_store.ts";
import { exec, succeed, testWith } from "./program.ts";
import { withDirectory } from "./scratch.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const NODE = process.env["APPENDLAYER_NODE"] || "node";

/** What the package is made of. */
const SOURCES = ["README.md", "LICENSE", "deno.json", "mod.ts", "cli.ts", "lib", "scripts"];

/** Makes the npm package, in a checkout below a folder with a blank in its name, and installs it; returns its version. */
async function installPackage(directory: string): Promise<string> {
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
const TYPED = `import { appendLayer, type AppendOptions, Image, LayerError } from "appendlayer";
const options: AppendOptions = { layers: [new Uint8Array(1)], env: { A: "1", B: null } };
const { digest, layers } = await appendLayer("scratch", "oci:image:1", options);
const known: \`sha256:\${string}\` | \`sha512:\${string}\` = digest;
const sizes: readonly number[] = layers.map(({ size }) => size);
export default { known, sizes, directory: new Image("a", "b").WorkingDir, LayerError };
// @ts-expect-error -- an image is named by a text
appendLayer(1, "oci:image:1");
// @ts-expect-error -- a digest is a text
export const wrong: number = digest;
`;

testWith(
  ["npm", "npx"],
  "the npm package has types that hold in a strict program",
  () =>
    withDirectory(async (directory) => {
      await installPackage(directory);
      await writeFile(join(directory, "use.ts"), TYPED);
      const strict = ["--noEmit", "--strict", "--target", "es2022", "--lib", "es2022,dom"];
      for (const way of [["nodenext"], ["esnext", "--moduleResolution", "bundler"]]) {
        await succeed([...TSC, ...strict, "--module", ...way, "use.ts"], { cwd: directory });
      }
    }),
);

testWith(
  ["npm", "npx"],
  "the npm package installs, runs as a command and imports as a module",
  () =>
    withDirectory(async (directory) => {
      const version = await installPackage(directory);
      const printed = await succeed(["npx", "appendlayer", "--version"], { cwd: directory });
      assert.ok(printed.includes(version), printed);
      const tar = Buffer.from(await tarOfFiles({ "hello.txt": "hello\n" })).toString("base64");
      await writeFile(
        join(directory, "use.mjs"),
        `import { appendLayer } from "appendlayer";
       const { digest } = await appendLayer("scratch", "oci:image:1", { layers: [Buffer.from("${tar}", "base64")] });
       console.log(digest);`,
      );
      const digest = await succeed([NODE, "use.mjs"], { cwd: directory });
      assert.equal(
        (await checkImage(layoutStore(join(directory, "image")), "1")).digest,
        digest.trim(),
      );
    }),
);

testWith(
  ["npx"],
  "the module bundles for browsers without a Node builtin in sight",
  () =>
    withDirectory(async (directory) => {
      await bundle([join(ROOT, "mod.ts")], directory, [
        "--platform=browser",
        "--target=es2024",
        `--outbase=${ROOT}`,
      ]);
      const source = await readFile(join(directory, "mod.mjs"), "utf8");
      assert.doesNotMatch(source, /(?:from|import|require)\s*\(?\s*["'](?:node:|npm:|jsr:)/);
    }),
);

testWith(
  BUN === undefined ? ["bun"] : [],
  "an executable runs where there is nothing else",
  () =>
    withDirectory(async (directory) => {
      const program = join(directory, "appendlayer");
      const [bun = "bun"] = BUN?.command ?? [];
      const { code, output } = await compileWithBun(bun, program);
      assert.equal(code, 0, output);
      // What Bun would heed in the folder, and nobody who runs a program there expects.
      await writeFile(join(directory, "bunfig.toml"), `preload = ["./preload.js"]`);
      await writeFile(join(directory, "preload.js"), "console.log('preloaded')");
      await writeFile(join(directory, ".env"), "SOURCE_DATE_EPOCH=nonsense");
      const tar = await tarOfFiles({ "hello.txt": "hello\n" });
      const alone = { cwd: directory, env: { PATH: directory, HOME: directory } };
      const ended = await exec([program, "scratch", "oci:image:1"], { ...alone, input: tar });
      assert.equal(ended.code, 0, ended.stderr);
      const { digest } = await checkImage(layoutStore(join(directory, "image")), "1");
      assert.equal(ended.stdout, `oci:image:1@${digest}\n`);
    }),
);

testWith([], "nothing is published that is not the product", async () => {
  const [deno = "deno"] = DENO.command;
  const { code, stdout, stderr } = await exec([
    deno,
    "publish",
    "--dry-run",
    "--allow-dirty",
    "--no-check",
  ], {
    cwd: ROOT,
  });
  assert.equal(code, 0, stderr);
  const files = [...(stdout + stderr).matchAll(/file:\/\/\S*?\/((?:lib\/\S+)|[^/\s]+) \(/g)].map((
    match,
  ) => match[1] ?? "");
  assert.ok(files.includes("mod.ts") && files.includes("lib/oci/digest.ts"), files.join(" "));
  assert.deepEqual(
    files.filter((file) => !/^(?:lib\/|mod\.ts|cli\.ts|deno\.json|LICENSE|.*\.md)/.test(file)),
    [],
  );
});
