/** Completion in the shells themselves. */

import assert from "node:assert/strict";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { delimiter, join } from "node:path";
import process from "node:process";
import { appendlayer, DENO } from "./appendlayer.ts";
import { succeed, testWith } from "./program.ts";
import { withDirectory } from "./scratch.ts";

/** What a shell has to propose for the last word, or how the line has to go on. */
interface Case {
  readonly line: string;
  /** In bash, readline replaces what comes after the last `:`, `=` or `@` alone. */
  readonly bash: readonly string[];
  readonly whole: readonly string[];
}

function cases(host: string): readonly Case[] {
  return [
    { line: "appendlayer insp", bash: ["inspect"], whole: ["inspect"] },
    { line: "appendlayer copy --ref", bash: ["--referrers"], whole: ["--referrers"] },
    {
      line: "appendlayer append --read-base=al",
      bash: ["all"],
      whole: ["--read-base=all"],
    },
    {
      line: `appendlayer copy nginx:1 ${host}/acme/app:1.`,
      bash: ["1.0", "1.1"],
      whole: [`${host}/acme/app:1.0`, `${host}/acme/app:1.1`],
    },
    { line: "appendlayer a/b c/d --layer lay", bash: ["layer one.tar"], whole: ["layer one.tar"] },
  ];
}

/** Lends a folder with the program, the scripts of completion and a file, and a registry with two tags and another one. */
async function withShell(
  shell: string,
  action: (given: {
    readonly directory: string;
    readonly env: Record<string, string>;
    readonly script: string;
    readonly host: string;
  }) => Promise<void>,
): Promise<void> {
  const server = createServer((request, response) => {
    const isList = request.url?.startsWith("/v2/acme/app/tags/list");
    response.writeHead(isList ? 200 : 404, { "content-type": "application/json" });
    response.end(isList ? '{"name":"acme/app","tags":["1.0","1.1","latest"]}' : "{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    await withDirectory(async (directory) => {
      const bin = join(directory, "bin");
      await mkdir(bin);
      const program = DENO.command.map((word) => `'${word}'`).join(" ");
      await writeFile(join(bin, "appendlayer"), `#!/bin/sh\nexec ${program} "$@"\n`);
      await chmod(join(bin, "appendlayer"), 0o755);
      await writeFile(join(directory, "layer one.tar"), "");
      const script = join(directory, `completion.${shell}`);
      await writeFile(script, (await appendlayer(["completion", shell])).stdout);
      const env = {
        PATH: `${bin}${delimiter}${process.env["PATH"]}`,
        HOME: directory,
        DOCKER_CONFIG: directory,
        TERM: "dumb",
        // A machine that is busy with tests is slow.
        APPENDLAYER_COMPLETION_TIMEOUT: "20000",
      };
      const { port } = server.address() as AddressInfo;
      await action({ directory, env, script, host: `127.0.0.1:${port}` });
    });
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const BASH = `
source "$1"
COMP_LINE=$2 COMP_POINT=\${#2}
COMP_WORDBREAKS=$' \\t\\n"\\'><=;|&(:@'
_appendlayer appendlayer
printf '%s\\n' "\${COMPREPLY[@]}"
`;

testWith(["bash"], "bash completes commands, options, values, tags and files", async () => {
  await withShell("bash", async ({ directory, env, script, host }) => {
    for (const { line, bash } of cases(host)) {
      const command = ["bash", "--norc", "-c", BASH, "bash", script, line];
      const told = await succeed(command, { cwd: directory, env });
      assert.deepEqual(told.trim().split("\n"), bash, line);
    }
  });
});

testWith(["fish"], "fish completes commands, options, values, tags and files", async () => {
  await withShell("fish", async ({ directory, env, script, host }) => {
    for (const { line, whole } of cases(host)) {
      const command = ["fish", "--no-config", "-c", `source $argv[1]; complete -C $argv[2]`];
      const told = await succeed([...command, script, line], { cwd: directory, env });
      const words = told.trim().split("\n").map((each) => each.split("\t")[0]);
      assert.deepEqual(words, whole, line);
    }
  });
});

/** Types a line and a tab into a zsh on a terminal of its own, and writes what became of the line. */
const ZSH = `
zmodload zsh/zpty
zpty shell zsh -f -i
send() { zpty -w shell "$1" }
await() { local text; zpty -r -m shell text "*$1*" > /dev/null }
send 'PS1= RPS1=; autoload -U compinit; compinit -u -d $HOME/dump; source '"$1"
send 'show() { print -r -- "LINE[$BUFFER]END"; BUFFER=; zle accept-line }; zle -N show; bindkey "^X" show; print READ""Y'
await READY
zpty -w -n shell "$2"$'\\t\\x18'
text=
zpty -r -m shell text '*LINE\\[*\\]END*'
print -r -- "$text"
zpty -d shell
`;

testWith(["zsh"], "zsh completes commands, options, values, tags and files", async () => {
  await withShell("zsh", async ({ directory, env, script, host }) => {
    for (const { line, whole } of cases(host)) {
      const command = ["zsh", "-f", "-c", ZSH, "zsh", script, line];
      const told = await succeed(command, { cwd: directory, env });
      const [, typed = told] = /LINE\[([^]*)\]END/.exec(told) ?? [];
      const [only = ""] = whole;
      // Where there are two, as far as they agree.
      const expected = whole.length === 1 ? only.replace(" ", "\\ ") : only.slice(0, -1);
      assert.equal(typed.trim().split(" --layer ").at(-1)?.split(/(?<!\\) /).at(-1), expected);
    }
  });
});
