/** The action for GitHub and the component for GitLab: a small runner of each feeds them inputs, and reads what they tell. */

import assert from "node:assert/strict";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import project from "../../deno.json" with { type: "json" };
import { DENO } from "./appendlayer.ts";
import { REGISTRY_NEEDS, USER, withRegistry } from "./docker_registry.ts";
import { exec, testWith } from "./program.ts";
import { withDirectory } from "./scratch.ts";

const COMPONENT = new URL("../../templates/appendlayer.yml", import.meta.url);
const ACTION = fileURLToPath(new URL("../../.github/actions/appendlayer/", import.meta.url));

/** What a runner knows beside the inputs. */
type Context = Readonly<Record<string, string>>;

/**
 * Runs the last step of the action as GitHub's runner does: inputs and their defaults, expressions, the step's environment.
 *
 * @param replaced Variables of the step that are set otherwise.
 */
async function runAction(
  inputs: Readonly<Record<string, string>>,
  { cwd, context, replaced }: {
    readonly cwd: string;
    readonly context: Context;
    readonly replaced: Readonly<Record<string, string>>;
  },
): ReturnType<typeof exec> {
  const text = await readFile(join(ACTION, "action.yml"), "utf8");
  const [head = "", rest = ""] = text.split("\noutputs:\n");
  const known = new Map<string, string>();
  for (const [, name = "", body = ""] of head.matchAll(/^ {2}(\w+):\n((?: {4}.*\n?)+)/gm)) {
    const [, value] = /^ {4}default: (.*)$/m.exec(body) ?? [];
    if (value === undefined) assert.match(body, /required: true/, name);
    known.set(`inputs.${name}`, inputs[name] ?? evaluate(value ?? "", context));
  }
  for (const name of Object.keys(inputs)) assert.ok(known.has(`inputs.${name}`), name);
  const [, script = "", env = ""] = /\n {6}run: (.*)\n {6}env:\n([^]*)$/.exec(rest) ?? [];
  const variables = [...env.matchAll(/^ {8}(\w+): (.*)$/gm)].map(([, name = "", value = ""]) =>
    [name, evaluate(value, { ...context, ...Object.fromEntries(known) })] as const
  );
  return await exec(["sh", "-c", script], {
    cwd,
    env: { GITHUB_ACTION_PATH: ACTION, ...Object.fromEntries(variables), ...replaced },
  });
}

/** Puts in what expressions stand for; the first of several that is not empty. */
function evaluate(text: string, context: Context): string {
  const value = text.replaceAll(
    /\$\{\{ (.*?) \}\}/g,
    (_, expression: string) =>
      expression.split(" || ").map((name) => {
        assert.ok(name in context, name);
        return context[name];
      }).find((found) => found !== "") ?? "",
  );
  return value === '""' ? "" : value;
}

testWith(
  ["sh"],
  "the action appends what its inputs say, and tells digest and reference",
  async () => {
    const text = await readFile(join(ACTION, "action.yml"), "utf8");
    const script = await readFile(join(ACTION, "run.sh"), "utf8");
    for (const [, name = ""] of text.matchAll(/^ {8}(INPUT_\w+): /gm)) {
      assert.ok(script.includes(name), name);
      assert.match(text, new RegExp(`^  ${name.slice(6).toLowerCase()}:$`, "m"));
    }
    await withDirectory(async (directory) => {
      const bin = join(directory, "bin");
      await mkdir(bin);
      await mkdir(join(directory, "my site"));
      await writeFile(join(directory, "my site", "index.html"), "hello");
      const program = DENO.command.map((word) => `'${word}'`).join(" ");
      // In the place of a download.
      const install = join(directory, "install.sh");
      await writeFile(
        install,
        `printf '%s\\n' '#!/bin/sh' "exec ${
          program.replaceAll('"', '\\"')
        } \\"\\$@\\"" > "$2/appendlayer"; chmod 755 "$2/appendlayer"; echo "$@" > installed\n`,
      );
      await chmod(install, 0o755);
      const output = join(directory, "output");
      const inputs = {
        base: "scratch",
        target: "oci:image:1",
        add: "my site:/srv/www\n",
        env: "A=$(touch hacked)\nB=two words\r\n\n",
        label: "x=`touch hacked`",
        tag: "2\n3",
        options: "--cmd\n/bin/x 'a b'",
        version: "3.0.0",
      };
      const runner = {
        cwd: directory,
        context: {
          "runner.temp": directory,
          "github.actor": "ada",
          "github.action_path": ACTION,
          "github.action_repository": "",
          "github.repository": "acme/site",
        },
        replaced: {
          APPENDLAYER_BIN: bin,
          APPENDLAYER_INSTALL: install,
          GITHUB_OUTPUT: output,
          DOCKER_CONFIG: directory,
        },
      };
      const { code, stderr } = await runAction(inputs, runner);
      assert.equal(code, 0, stderr);
      assert.equal(
        await readFile(join(directory, "installed"), "utf8"),
        `--dir ${bin} --version 3.0.0\n`,
      );
      const told = await readFile(output, "utf8");
      const [, digest = ""] =
        /^reference=oci:image:1@(sha256:[0-9a-f]{64})\ndigest=\1\n$/.exec(told) ?? [];
      assert.notEqual(digest, "", told);
      const json = await exec([...DENO.command, "inspect", "oci:image:3", "--json"], {
        cwd: directory,
      });
      const inspected = JSON.parse(json.stdout);
      assert.equal(inspected.digest, digest);
      const { config } = inspected.images[0].config;
      assert.deepEqual(config.Env, ["A=$(touch hacked)", "B=two words"]);
      assert.deepEqual(config.Labels, { x: "`touch hacked`" });
      assert.deepEqual(config.Cmd, ["/bin/x", "a b"]);
      await assert.rejects(readFile(join(directory, "hacked")));
      const failed = await runAction({ ...inputs, target: "UPPER/x" }, {
        ...runner,
        replaced: { ...runner.replaced, GITHUB_OUTPUT: join(directory, "none") },
      });
      assert.equal(failed.code, 2, failed.stderr);
      await assert.rejects(readFile(join(directory, "none")));
    });
  },
);

/**
 * Runs the job of the component as GitLab's runner does: inputs and their defaults, the job's variables, its script.
 *
 * @param env What the job knows beside them.
 */
async function runComponent(
  given: Readonly<Record<string, string>>,
  { cwd, env }: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
): ReturnType<typeof exec> {
  const [head = "", job = ""] = (await readFile(COMPONENT, "utf8")).split("\n---\n");
  const inputs = new Map<string, string>();
  for (const [, name = "", body = ""] of head.matchAll(/^ {4}(\w+):\n((?: {6}.*\n?)+)/gm)) {
    const [, value = ""] = /^ {6}default: (.*)$/m.exec(body) ?? [];
    inputs.set(name, given[name] ?? value);
  }
  for (const name of Object.keys(given)) assert.ok(inputs.has(name), name);
  const expand = (text: string): string =>
    text.replaceAll(/\$(CI_\w+)/g, (_, name: string) => env[name] ?? "");
  const variables = [
    ...job.matchAll(/^ {4}(APPENDLAYER_\w+): \|-\n {6}\$\[\[ inputs\.(\w+) \]\]$/gm),
  ].map(([, name = "", input = ""]) => [name, expand(inputs.get(input) ?? "")] as const);
  assert.equal(variables.length, 4);
  const [, block = "", indent = ""] = /^ {2}script:\n {4}- \|\n(( +).*\n(?:\2.*\n)+)/m.exec(job) ??
    [];
  return await exec(["sh", "-ec", block.replaceAll(new RegExp(`^${indent}`, "gm"), "")], {
    cwd,
    env: {
      CI_REGISTRY_PASSWORD: undefined,
      DOCKER_CONFIG: cwd,
      ...env,
      ...Object.fromEntries(variables),
      PATH: `${cwd}:${process.env["PATH"]}`,
    },
  });
}

/** Puts a program that is the command line of this checkout into a folder. */
async function putProgram(directory: string): Promise<void> {
  const words = DENO.command.map((word) => `'${word}'`).join(" ");
  await writeFile(join(directory, "appendlayer"), `#!/bin/sh\nexec ${words} "$@"\n`);
  await chmod(join(directory, "appendlayer"), 0o755);
}

testWith(["sh"], "the component for GitLab appends what its inputs say", async () => {
  const given: Record<string, string> = {
    base: "scratch",
    target: "oci:image:1",
    add: `"my site:/srv/www" *.none:/x`,
    options: `--cmd "/bin/x 'a b'" --env 'A=$(touch hacked)' --label "a=b: c # d"`,
  };
  await withDirectory(async (directory) => {
    await mkdir(join(directory, "my site"));
    await mkdir(join(directory, "*.none"));
    await writeFile(join(directory, "my site", "index.html"), "hello");
    await writeFile(join(directory, "*.none", "y"), "y");
    await putProgram(directory);
    const { code, stderr } = await runComponent(given, { cwd: directory, env: {} });
    assert.equal(code, 0, stderr);
    const told = await readFile(join(directory, "appendlayer.env"), "utf8");
    const json = await exec([...DENO.command, "inspect", "oci:image:1", "--json"], {
      cwd: directory,
    });
    const { digest, images: [{ config: { config } }] } = JSON.parse(json.stdout);
    assert.equal(told, `REFERENCE=oci:image:1@${digest}\nDIGEST=${digest}\n`);
    assert.deepEqual(config.Cmd, ["/bin/x", "a b"]);
    assert.deepEqual(config.Env, ["A=$(touch hacked)"]);
    assert.equal(config.Labels.a, "b: c # d");
    await assert.rejects(readFile(join(directory, "hacked")));
  });
});

/** A step or include of a page's YAML: what it uses, and what is given to it. */
type Use = readonly [name: string, inputs: Readonly<Record<string, string>>];

/** The steps and includes of a page's YAML. */
async function usesIn(page: string): Promise<Use[]> {
  const text = await readFile(new URL(`../../${page}`, import.meta.url), "utf8");
  const uses: Use[] = [];
  const pattern = /^ +- (?:uses|component): (.*)\n( +)(?:with|inputs):\n((?:\2 {2}.*\n)+)/gm;
  for (const [, name = "", , body = ""] of text.matchAll(pattern)) {
    const lines = [...body.matchAll(/^ +(\w+): (.*)$/gm)];
    uses.push([name, Object.fromEntries(lines.map(([, key = "", value = ""]) => [key, value]))]);
  }
  return uses;
}

testWith(
  [...REGISTRY_NEEDS.htpasswd, "sh"],
  "the README's workflow and the recipes for GitHub and GitLab do what they say",
  () =>
    withRegistry("htpasswd", ({ host, dockerConfig }) =>
      withDirectory(async (directory) => {
        const atHome = (text: string): string =>
          text.replace(/^nginx:1$/, `${host}/library/nginx:1`)
            .replace(/^(?:ghcr\.io|\d+\.dkr\.ecr\.[\w.-]+\.com)\//, `${host}/`);
        const uses = [...await usesIn("README.md"), ...await usesIn("docs/recipes.md")];
        const action = `x/appendlayer/.github/actions/appendlayer@v${project.version}`;
        const component = `$CI_SERVER_FQDN/acme/appendlayer/appendlayer@v${project.version}`;
        assert.deepEqual(uses.map(([name]) => name), [
          action,
          "aws-actions/configure-aws-credentials@v4",
          action,
          component,
        ]);
        const inputsOf = (wanted: string): Use[1][] =>
          uses.filter(([name]) => name === wanted).map(([, inputs]) => inputs);
        await mkdir(join(directory, "public"));
        await writeFile(join(directory, "public", "index.html"), "hello");
        await putProgram(directory);
        const run = (...args: string[]): ReturnType<typeof exec> =>
          exec([...DENO.command, ...args], {
            cwd: directory,
            env: { DOCKER_CONFIG: dockerConfig },
          });
        const base = `${host}/library/nginx:1`;
        assert.equal((await run("scratch", base, "--add", "public:/etc")).code, 0);

        const context = {
          "runner.temp": directory,
          "github.actor": USER.username,
          "github.token": USER.password,
          "github.sha": "0f1e2d",
          "github.action_path": ACTION,
          "github.action_repository": "",
          "github.repository": "acme/site",
        };
        for (const written of inputsOf(action)) {
          const inputs = Object.fromEntries(
            Object.entries(written).map((
              [name, value],
            ) => [name, atHome(evaluate(value, context))]),
          );
          const ended = await runAction(inputs, {
            cwd: directory,
            context,
            replaced: {
              APPENDLAYER_BIN: directory,
              INPUT_REGISTRY: host,
              GITHUB_OUTPUT: join(directory, "output"),
              // Without a password, the job is logged in already.
              DOCKER_CONFIG: "password" in written ? directory : dockerConfig,
            },
          });
          assert.equal(ended.code, 0, ended.stderr);
          assert.match(ended.stdout, /\/acme\/site:0f1e2d@sha256:/);
        }

        const given = Object.fromEntries(
          Object.entries(inputsOf(component)[0] ?? {}).map((
            [name, value],
          ) => [name, atHome(value)]),
        );
        const ended = await runComponent(given, {
          cwd: directory,
          env: {
            CI_REGISTRY: host,
            CI_REGISTRY_IMAGE: `${host}/acme/site`,
            CI_REGISTRY_USER: USER.username,
            CI_REGISTRY_PASSWORD: USER.password,
            CI_COMMIT_SHORT_SHA: "a1b2",
          },
        });
        assert.equal(ended.code, 0, ended.stderr);
        for (const tag of ["0f1e2d", "a1b2"]) {
          const file = "/usr/share/nginx/html/index.html";
          const { stdout } = await run("export", `${host}/acme/site:${tag}`, file, "--file");
          assert.equal(stdout, "hello");
        }
      })),
);
