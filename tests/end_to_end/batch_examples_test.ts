import assert from "node:assert/strict";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { appendlayer, DENO } from "./appendlayer.ts";
import { REGISTRY_NEEDS, withRegistry } from "./docker_registry.ts";
import { LONG } from "./engines/engine.ts";
import { checkImage } from "./image_checker.ts";
import { registryStore } from "./image_store.ts";
import { exec, testWith } from "./program.ts";
import { openRegistry } from "./registry_http.ts";
import { withDirectory } from "./scratch.ts";

const EXAMPLES = fileURLToPath(new URL("../../examples/batch/", import.meta.url));
const PARTS = 10;
const IMAGES = 24;

const readExample = (name: string): Promise<string> => readFile(join(EXAMPLES, name), "utf8");

/** The lines of a block scalar that begins where a pattern matches. */
function readScript(text: string, start: RegExp): string {
  const lines = text.split("\n");
  const at = lines.findIndex((line) => start.test(line));
  const indent = /^ */.exec(lines[at + 1] ?? "")?.[0] ?? "";
  const end = lines.findIndex((line, index) => index > at && !line.startsWith(indent));
  assert.ok(at > 0 && indent !== "" && end > at, text);
  return lines.slice(at + 1, end).map((line) => line.slice(indent.length)).join("\n");
}

/** A directory for PATH with programs that are scripts of the shell. */
async function installPrograms(
  directory: string,
  programs: Readonly<Record<string, string>>,
): Promise<string> {
  const path = join(directory, "path");
  await mkdir(path);
  for (const [name, script] of Object.entries(programs)) {
    await writeFile(join(path, name), `#!/bin/sh\n${script}\n`);
    await chmod(join(path, name), 0o755);
  }
  return `${path}${delimiter}${process.env["PATH"]}`;
}

testWith(
  [...REGISTRY_NEEDS.open, "sh"],
  "the pods of the Kubernetes job append to all images, each once",
  () =>
    withRegistry("open", (registry) =>
      withDirectory(async (directory) => {
        const request = await openRegistry(registry);
        const names = Array.from({ length: IMAGES }, (_, at) => `team/${at % 4}:${at}`);
        const bases = join(directory, "bases.jsonl");
        const options = { platforms: ["linux/amd64"] };
        await writeFile(
          bases,
          names.map((name) =>
            `${JSON.stringify({ base: "scratch", target: `${registry.host}/${name}`, options })}\n`
          ).join(""),
        );
        const made = await appendlayer(["batch", bases, "--delete", "nothing", "--quiet"]);
        assert.equal(made.code, 0, made.stderr);
        await writeFile(
          join(directory, "images.txt"),
          names.map((name) => `${registry.host}/${name} ${registry.host}/${name}-ca\n`).join(""),
        );
        await writeFile(join(directory, "ca.pem"), "a certificate\n");

        const job = await readExample("kubernetes.yaml");
        assert.match(job, new RegExp(`completions: ${PARTS}\\n`));
        const script = readScript(job, /^ +- \|$/).replaceAll("/batch/", `${directory}/`);
        const ours = DENO.command.map((word) => `'${word}'`).join(" ");
        const PATH = await installPrograms(directory, { appendlayer: `exec ${ours} "$@"` });
        const lines: number[] = [];
        for (let index = 0; index < PARTS; index++) {
          const env = { PATH, HOME: directory, JOB_COMPLETION_INDEX: String(index) };
          const { code, stdout, stderr } = await exec(["sh", "-euc", script], { env });
          assert.equal(code, 0, stderr);
          for (const line of stdout.trim().split("\n")) lines.push(JSON.parse(line).line);
        }
        assert.deepEqual(
          lines.sort((one, other) => one - other),
          names.map((_, at) => at + 1),
        );
        for (const name of names) {
          const [repository = "", tag = ""] = name.split(":");
          const { images } = await checkImage(registryStore(request, repository), `${tag}-ca`);
          assert.equal(images[0]?.layers.length, 2, name);
        }
      })),
);

testWith(
  ["sh"],
  "the jobs of GitHub and GitLab share the list out among them",
  () =>
    withDirectory(async (directory) => {
      const note = `[ "$1" = batch ] && echo "$@" >> '${directory}/calls' || cat > /dev/null`;
      const PATH = await installPrograms(directory, { appendlayer: note, npx: `shift 2; ${note}` });
      const github = readScript(await readExample("github.yml"), /^ +run: \|$/);
      const gitlab = readScript(await readExample("gitlab.yml"), /^ {2}script:$/)
        .replaceAll(/^- /gm, "");
      const env = { PATH, REGISTRY_PASSWORD: "x", CI_REGISTRY_PASSWORD: "x" };
      const shardsOf = async (script: string, name: string, first: number): Promise<string[]> => {
        await writeFile(join(directory, "calls"), "");
        for (let index = first; index < first + PARTS; index++) {
          const own = { REGISTRY_USER: "a", CI_REGISTRY: "b", CI_REGISTRY_USER: "a" };
          const rest = { ...own, CI_NODE_TOTAL: String(PARTS), [name]: String(index) };
          const ended = await exec(["sh", "-euc", script], { env: { ...env, ...rest } });
          assert.equal(ended.code, 0, ended.stderr);
        }
        const calls = await readFile(join(directory, "calls"), "utf8");
        return [...calls.matchAll(/^batch images\.txt --shard (\d+\/\d+) --add/gm)]
          .map(([, shard = ""]) => shard);
      };
      const from = (first: number): string[] =>
        Array.from({ length: PARTS }, (_, index) => `${first + index}/${PARTS}`);
      assert.deepEqual(await shardsOf(github, "SHARD", 0), from(0));
      assert.deepEqual(await shardsOf(gitlab, "CI_NODE_INDEX", 1), from(1));
      assert.match(await readExample("github.yml"), /shard: \[0, 1, 2, 3, 4, 5, 6, 7, 8, 9\]/);
      assert.match(await readExample("gitlab.yml"), new RegExp(`parallel: ${PARTS}\\n`));
    }),
);

testWith(
  LONG ? ["python3"] : ["deno task test --long"],
  "the examples for Kubernetes, GitHub and GitLab pass their schemas",
  () =>
    withDirectory(async (directory) => {
      const run = async (...command: string[]): Promise<void> => {
        const { code, stdout, stderr } = await exec(command, { cwd: directory });
        assert.equal(code, 0, `${command.join(" ")}\n${stdout}${stderr}`);
      };
      await run("python3", "-m", "venv", "venv");
      await run("venv/bin/pip", "install", "-q", "kubernetes-validate", "check-jsonschema");
      await run("venv/bin/kubernetes-validate", "--strict", join(EXAMPLES, "kubernetes.yaml"));
      const schemas = [["github-workflows", "github.yml"], ["gitlab-ci", "gitlab.yml"]] as const;
      for (const [schema, file] of schemas) {
        const check = ["--builtin-schema", `vendor.${schema}`, join(EXAMPLES, file)];
        await run("venv/bin/check-jsonschema", ...check);
      }
    }),
);
