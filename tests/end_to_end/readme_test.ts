import assert from "node:assert/strict";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { DENO } from "./appendlayer.ts";
import { putIndex } from "./base_image.ts";
import { REGISTRY_NEEDS, withRegistry } from "./docker_registry.ts";
import { checkImage } from "./image_checker.ts";
import { layoutStore, registryStore } from "./image_store.ts";
import { exec, testWith } from "./program.ts";
import { openRegistry } from "./registry_http.ts";
import { withDirectory } from "./scratch.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** A fenced block of a page. */
interface Block {
  /** The language and, after a space, what the block is. */
  readonly info: string;
  readonly text: string;
}

async function readBlocks(page = "README.md"): Promise<Block[]> {
  const text = await readFile(join(ROOT, page), "utf8");
  return [...text.matchAll(/^```(\S+(?: \S+)?)\n(.*?)^```$/gms)].map((match) => ({
    info: match[1] ?? "",
    text: match[2] ?? "",
  }));
}

/** Pages whose commands follow on one another. */
const PAGES = ["README.md", "docs/usage.md", "docs/migration.md"];

/** The pages' registries and bases as they are called here: all in one docker-registry. */
function atHome(text: string, host: string): string {
  return text
    .replace(/\bghcr\.io\b|\blocalhost:5000\b/g, host)
    .replace(/\bapache\/airflow:3\.0\.0\b/g, `${host}/apache/airflow:3.0.0`)
    .replace(/(?<=appendlayer |copy |--onto |--from )nginx\b/g, `${host}/library/nginx:latest`);
}

/** A directory for PATH whose `appendlayer` is the command line of this checkout. */
async function installShim(directory: string): Promise<string> {
  const path = join(directory, "path");
  await mkdir(path);
  const command = DENO.command.map((word) => `'${word}'`).join(" ");
  await writeFile(join(path, "appendlayer"), `#!/bin/sh\nexec ${command} "$@"\n`);
  await chmod(join(path, "appendlayer"), 0o755);
  return path;
}

testWith(
  [...REGISTRY_NEEDS.open, "sh", "tar"],
  "every command of the README and of the pages on its use does what it says",
  () =>
    withRegistry("open", (registry) =>
      withDirectory(async (directory) => {
        const { host } = registry;
        const request = await openRegistry(registry);
        await putIndex(registryStore(request, "apache/airflow"), "docker", "3.0.0");
        await putIndex(registryStore(request, "library/nginx"), "oci", "latest");
        const path = `${await installShim(directory)}${delimiter}${process.env["PATH"]}`;
        const cwd = join(directory, "work");
        await mkdir(join(cwd, "dags"), { recursive: true });
        await writeFile(join(cwd, "dags", "etl.py"), "print('hello')\n");
        const env = { PATH: path, HOME: directory, DOCKER_CONFIG: directory };
        const blocks = (await Promise.all(PAGES.map((page) => readBlocks(page)))).flat()
          .filter(({ info }) => info === "sh");
        assert.ok(blocks.length > 20);
        for (const { text } of blocks) {
          const ended = await exec(["sh", "-eu", "-c", atHome(text, host)], { cwd, env });
          assert.equal(ended.code, 0, `${text}\n${ended.stderr}`);
          if (
            !text.includes("appendlayer batch") && !text.includes("appendlayer inspect") &&
            !text.includes("--json") &&
            !text.includes("appendlayer tags")
          ) {
            assert.match(ended.stdout, /^(?:\S+@sha256:[0-9a-f]{64}\n)+$/, text);
          }
        }
        const site = registryStore(request, "acme/site");
        for (
          const tag of ["2", "3", "latest", "8", "9", "10", "11", "13", "14", "15", "19", "20"]
        ) await checkImage(site, tag);
        for (const tag of ["8-ca", "9-ca", "11-ca"]) await checkImage(site, tag);
        await checkImage(registryStore(request, "acme/other"), "16");
        await checkImage(registryStore(request, "acme/airflow"), "7");
        await checkImage(layoutStore(join(cwd, "backup")), "14");
        await assert.rejects(site.getManifest("12"), /404/, "a dry run writes nothing");
        const { images: [edited] } = await checkImage(site, "14");
        assert.equal(edited?.config.config.User, "1000");
      })),
);

/** Bases of the recipes, as they are called here. */
const BASES = [
  "apache/airflow:3.0.0",
  "apache/airflow:3.1.0",
  "library/nginx:1",
  "library/debian:12",
  "ggml-org/llama.cpp:server",
  "lambda/nodejs:22",
];

/** The recipes' registries as they are called here. */
function recipeAtHome(text: string, host: string): string {
  const registries = [
    String.raw`[\w.-]+\.dkr\.ecr\.[\w.-]+\.com`,
    String.raw`public\.ecr\.aws|ghcr\.io|docker\.io|registry\.gitlab\.com`,
    String.raw`europe-docker\.pkg\.dev|acme\.azurecr\.io|localhost:5000`,
  ];
  return text
    .replace(new RegExp(String.raw`\b(?:${registries.join("|")})(?=/)`, "g"), host)
    .replace(/(?<![\w/.:])(nginx:1|debian:12)(?=[ '\n])/g, `${host}/library/$1`)
    .replace(/(?<![\w/.:])apache\/airflow:/g, `${host}/apache/airflow:`);
}

testWith(
  [...REGISTRY_NEEDS.open, "sh"],
  "every command of the recipes does what it says",
  () =>
    withRegistry("open", ({ host }) =>
      withDirectory(async (directory) => {
        const cwd = join(directory, "work");
        const files = {
          "etc/ssl/certs/ca-certificates.crt": "theirs\n",
          "dags/etl.py": "print('hello')\n",
          "public/index.html": "<h1>Hello</h1>",
          "company.crt": "ours\n",
          "model.gguf": "weights",
          "dist/app-amd64": "amd64",
          "dist/app-arm64": "arm64",
          "function/index.js": "exports.handler = () => 'hello'",
        };
        for (const [name, text] of Object.entries(files)) {
          await mkdir(join(cwd, name, ".."), { recursive: true });
          await writeFile(join(cwd, name), text);
        }
        const env = {
          PATH: `${await installShim(directory)}${delimiter}${process.env["PATH"]}`,
          HOME: directory,
          DOCKER_CONFIG: directory,
          CI_REGISTRY: host,
          CI_REGISTRY_IMAGE: `${host}/acme/gitlab`,
          CI_REGISTRY_USER: "ada",
          CI_REGISTRY_PASSWORD: "secret",
        };
        const run = async (script: string): Promise<string> => {
          const { code, stdout, stderr } = await exec(["sh", "-eu", "-c", script], { cwd, env });
          assert.equal(code, 0, `${script}\n${stderr}`);
          return stdout;
        };
        const both = "--platform linux/amd64 --platform linux/arm64";
        for (const base of BASES) {
          await run(`appendlayer scratch ${host}/${base} --add etc:/etc ${both}`);
        }
        const blocks = (await readBlocks("docs/recipes.md")).filter(({ info }) => info === "sh");
        for (const { text } of blocks) await run(recipeAtHome(text, host));
        const arm = "--platform linux/arm64 --file";
        const bundle = "/etc/ssl/certs/ca-certificates.crt";
        assert.equal(
          await run(`appendlayer export ${host}/acme/debian:12 ${bundle} ${arm}`),
          "theirs\nours\n",
        );
        assert.equal(await run(`appendlayer export ${host}/acme/app:1 /app ${arm}`), "arm64");
        const lambda = await run(`appendlayer inspect ${host}/acme/hello:1 --json`);
        assert.deepEqual(JSON.parse(lambda).images[0].config.config.Cmd, ["index.handler"]);
      })),
);

test("the README's demo shows an image with two layers", async () => {
  const [demo] = (await readBlocks()).filter(({ info }) => info === "sh demo");
  assert.equal(demo?.text.trim(), "npx -y deno@2.9.6 task demo");
  const { code, stdout, stderr } = await exec([DENO.command[0] ?? "deno", "task", "demo"], {
    cwd: ROOT,
  });
  assert.equal(code, 0, stderr);
  assert.match(stdout, /oci:image:2@sha256:[0-9a-f]{64}/);
});
