import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { compileWithBun } from "../../scripts/compile.ts";
import { buildPackage } from "../../scripts/npm.ts";
import { bundle } from "../../scripts/runtimes.ts";
import { BUN, DENO } from "./appendlayer.ts";
import { tarOfFiles } from "./base_image.ts";
import { checkImage } from "./image_checker.ts";
import { layoutStore } from "./image_store.ts";
import { exec, succeed, testWith } from "./program.ts";
import { withDirectory } from "./scratch.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const NODE = process.env["APPENDLAYER_NODE"] || "node";

testWith(
  ["npm", "npx"],
  "the npm package installs, runs as a command and imports as a module",
  () =>
    withDirectory(async (directory) => {
      const package_ = join(directory, "package");
      await succeed(["mkdir", package_]);
      await buildPackage(package_);
      const { version } = JSON.parse(await readFile(join(ROOT, "deno.json"), "utf8"));
      await writeFile(join(directory, "package.json"), "{}");
      await succeed(["npm", "install", "--no-audit", "--no-fund", "--install-links", "./package"], {
        cwd: directory,
      });
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
