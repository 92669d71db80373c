import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { compileWithBun } from "../../scripts/compile.ts";
import { ENTRIES } from "../../scripts/entries.ts";
import { TSC } from "../../scripts/npm.ts";
import { bundle } from "../../scripts/runtimes.ts";
import { BUN, DENO } from "./appendlayer.ts";
import { tarOfFiles } from "./base_image.ts";
import { checkImage } from "./image_checker.ts";
import { layoutStore } from "./image_store.ts";
import { installPackage, TYPED } from "./npm_package.ts";
import { exec, succeed, testWith } from "./program.ts";
import { withDirectory } from "./scratch.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const NODE = process.env["APPENDLAYER_NODE"] || "node";

/** The first TypeScript that the types are made for. */
const OLDEST_TSC = ["npx", "-y", "--package=typescript@5.2.2", "tsc"];

testWith(
  ["npm", "npx"],
  "the npm package has types that hold in a strict program",
  () =>
    withDirectory(async (directory) => {
      await installPackage(directory);
      await writeFile(join(directory, "use.ts"), TYPED);
      const strict = ["--noEmit", "--strict", "--target", "es2022", "--lib", "es2022,dom"];
      // The old ways know no "exports", and find the entries by the names of their files.
      const ways = [
        ["nodenext"],
        ["esnext", "--moduleResolution", "bundler"],
        ["esnext", "--moduleResolution", "node10"],
        ["commonjs", "--moduleResolution", "node10"],
      ];
      for (const way of ways) {
        await succeed([...TSC, ...strict, "--module", ...way, "use.ts"], { cwd: directory });
      }
      // The oldest TypeScript that is promised, where `Uint8Array` takes no type, for `import` and `require`.
      await writeFile(join(directory, "use.cts"), TYPED);
      for (const name of ["use.ts", "use.cts"]) {
        await succeed([...OLDEST_TSC, ...strict, "--module", "nodenext", name], { cwd: directory });
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

/** An import of what only some runtimes have. */
const BUILTIN = /(?:from|import|require)\s*\(?\s*["'](?:node:|npm:|jsr:)/;

/** A program of container-image-builder, with its import and nothing else changed; it prints the digest that it saved. */
function builderProgram(module: string): string {
  return `import { CustomFile, Image, RegistryClient } from ${JSON.stringify(module)};
const image = new Image("scratch", "oci:image:1", { created: new Date(0) });
await image.addFiles({ "/srv/index.js": new CustomFile({ data: "42" }), "/srv/project": "project" });
image.WorkingDir = "/srv";
image.Cmd = ["node", "index.js"];
const client = await image.client();
if (!(client instanceof RegistryClient)) throw new Error("another RegistryClient");
console.log((await image.save()).digest);
`;
}

/** What a CommonJS program does, and that it gets what others import. */
const REQUIRED =
  `const { Image, CustomFile, RegistryClient } = require("appendlayer/container-image-builder");
const { RegistryError, appendLayer } = require("appendlayer");
(async () => {
  const image = new Image("scratch", "oci:required:1", { created: new Date(0) });
  await image.addFiles({ "/a": new CustomFile({ data: Buffer.from("a") }) }, { ignores: ["*.key"] });
  await image.save();
  const client = await image.client("oci:required:1");
  const { config } = await client.manifest("1");
  const blob = await client.blob(config.digest);
  const imported = await import("appendlayer");
  const builder = await import("appendlayer/container-image-builder");
  const fetch = () => Promise.resolve(new Response("no", { status: 418 }));
  const failed = await new RegistryClient("registry.test", "a/b", {}, { fetch, host: {} }).tags()
    .catch((error) => error);
  console.log(Buffer.isBuffer(blob), imported.appendLayer === appendLayer, builder.Image === Image,
    failed instanceof RegistryError, failed instanceof imported.RegistryError);
})();
`;

/** Has two entries fail, and prints whether their errors are of one class. */
const SAME_CLASSES = `import { listTags, RegistryError } from "appendlayer";
import { RegistryClient } from "appendlayer/container-image-builder";
const fetch = () => Promise.resolve(new Response("no", { status: 418 }));
const options = { fetch, host: {} };
const failed = await new RegistryClient("registry.test", "a/b", {}, options).tags().catch((error) => error);
const same = await listTags("registry.test/a/b", options).next().catch((error) => error);
console.log(failed instanceof RegistryError, same instanceof RegistryError);
`;

testWith(
  ["npm", "npx"],
  "a program of container-image-builder runs after changing its import, from npm on Node and on Deno",
  () =>
    withDirectory(async (directory) => {
      await installPackage(directory);
      const digests: string[] = [];
      const [deno = "deno"] = DENO.command;
      const entry = join(ROOT, "lib", "entries", "container_image_builder.ts");
      for (
        const [name, module, command] of [
          ["node.mjs", "appendlayer/container-image-builder", [NODE]],
          ["deno.ts", entry, [deno, "run", "-A", "--no-check"]],
        ] as const
      ) {
        const place = join(directory, name.replace(".", "-"));
        await mkdir(join(place, "project"), { recursive: true });
        await writeFile(join(place, "project", "part.js"), "part\n");
        await writeFile(join(place, name), builderProgram(module));
        const digest = (await succeed([...command, name], { cwd: place })).trim();
        assert.equal((await checkImage(layoutStore(join(place, "image")), "1")).digest, digest);
        digests.push(digest);
      }
      await writeFile(join(directory, "same.mjs"), SAME_CLASSES);
      assert.equal(await succeed([NODE, "same.mjs"], { cwd: directory }), "true true\n");

      // `require` gives what `import` gives.
      await writeFile(join(directory, "required.cjs"), REQUIRED);
      assert.equal(
        await succeed([NODE, "required.cjs"], { cwd: directory }),
        "true true true true true\n",
      );

      // The entries in a browser: no builtin of Node, and not the host that is made of them.
      const program = ENTRIES.map(({ name }, index) =>
        `export * as entry${index} from "appendlayer${name && `/${name}`}";\n`
      );
      await writeFile(join(directory, "browser.js"), program.join(""));
      const web = ["--platform=browser", "--target=es2024"];
      await bundle([join(directory, "browser.js")], directory, web);
      const source = await readFile(join(directory, "browser.mjs"), "utf8");
      assert.doesNotMatch(source, BUILTIN);
      assert.ok(source.includes("function appendLayer"));
      assert.doesNotMatch(source, /function createNodeHost/);
      // What is made for browsers may still run where Node's builtins are: it goes without them there.
      await writeFile(
        join(directory, "tags.js"),
        'import { listTags } from "appendlayer";\n' +
          'console.log(await listTags("oci:image").next().catch(({ message }) => message));\n',
      );
      await bundle([join(directory, "tags.js")], directory, web);
      assert.match(await succeed([NODE, "tags.mjs"], { cwd: directory }), /has no directories/);
    }),
);

testWith(
  ["npx"],
  "the entries bundle for browsers without a Node builtin in sight",
  () =>
    withDirectory(async (directory) => {
      await bundle(ENTRIES.map(({ path }) => join(ROOT, path)), directory, [
        "--platform=browser",
        "--target=es2024",
        `--outbase=${ROOT}`,
      ]);
      for (const { path } of ENTRIES) {
        const source = await readFile(join(directory, path.replace(/ts$/, "mjs")), "utf8");
        assert.doesNotMatch(source, BUILTIN, path);
      }
    }),
);

testWith([], "the main entry has few names, and none that the web has already", async () => {
  const [deno = "deno"] = DENO.command;
  const names = await listNames(deno, "mod.ts");
  assert.ok(names.includes("appendLayer") && names.includes("parseReference"), names.join(" "));
  assert.ok(names.length <= 80, `${names.length} names`);
  const web = ["Document", "Image", "Layer", "Directory", "Host", "Request", "Response", "Blob"];
  assert.deepEqual(names.filter((name) => web.includes(name)), []);
});

/** The names that a module exports, types too. */
async function listNames(deno: string, path: string): Promise<readonly string[]> {
  const documented = await succeed([deno, "doc", "--json", path], { cwd: ROOT });
  const { nodes }: { nodes: Record<string, { symbols: readonly { name: string }[] }> } = JSON.parse(
    documented,
  );
  return Object.values(nodes).flatMap(({ symbols }) => symbols.map(({ name }) => name));
}

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
