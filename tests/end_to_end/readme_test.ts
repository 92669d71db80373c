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

/** A fenced block of the README. */
interface Block {
  /** The language and, after a space, what the block is. */
  readonly info: string;
  readonly text: string;
}

async function readBlocks(): Promise<Block[]> {
  const readme = await readFile(join(ROOT, "README.md"), "utf8");
  return [...readme.matchAll(/^```(\S+(?: \S+)?)\n(.*?)^```$/gms)].map((match) => ({
    info: match[1] ?? "",
    text: match[2] ?? "",
  }));
}

/** The README's registries and bases as they are called here: all in one docker-registry. */
function atHome(text: string, host: string): string {
  return text
    .replace(/\bghcr\.io\b|\blocalhost:5000\b/g, host)
    .replace(/\bapache\/airflow:3\.0\.0\b/g, `${host}/apache/airflow:3.0.0`)
    .replace(/(?<=appendlayer |--onto |--from )nginx\b/g, `${host}/library/nginx:latest`);
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
  "every command of the README does what it says",
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
        const blocks = (await readBlocks()).filter(({ info }) => info === "sh");
        assert.ok(blocks.length > 10);
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

test("the README's demo shows an image with two layers", async () => {
  const [demo] = (await readBlocks()).filter(({ info }) => info === "sh demo");
  assert.equal(demo?.text.trim(), "npx -y deno@2.9.6 task demo");
  const { code, stdout, stderr } = await exec([DENO.command[0] ?? "deno", "task", "demo"], {
    cwd: ROOT,
  });
  assert.equal(code, 0, stderr);
  assert.match(stdout, /oci:image:2@sha256:[0-9a-f]{64}/);
});
