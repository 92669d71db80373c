/** Questions to a person, on a terminal of its own. */

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import process from "node:process";
import { onEachRuntime } from "./appendlayer.ts";
import { exec, testWith } from "./program.ts";
import { withDirectory } from "./scratch.ts";

/** Milliseconds for a conversation, after which it has failed. */
const LIMIT = 120_000;

const USER = "ada";
const PASSWORD = "geheim";

/** Runs a command on a terminal, and answers its questions; returns its status and all that was to be seen. */
async function converse(
  command: readonly string[],
  answers: Readonly<Record<string, string>>,
  env: Record<string, string>,
): Promise<{ readonly code: number | null; readonly seen: string }> {
  const line = command.map((word) => `'${word}'`).join(" ");
  const child = spawn("script", ["-qec", line, "/dev/null"], { env: { ...process.env, ...env } });
  let seen = "";
  const open = new Map(Object.entries(answers));
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    seen += text;
    for (const [question, answer] of open) {
      if (!seen.endsWith(question)) continue;
      open.delete(question);
      child.stdin.write(answer);
    }
  });
  const timer = setTimeout(() => child.kill("SIGKILL"), LIMIT);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject).on("close", resolve);
  });
  clearTimeout(timer);
  return { code, seen };
}

testWith(["script"], "login on a terminal shows no password, and Ctrl-C ends it", async () => {
  const expected = `Basic ${btoa(`${USER}:${PASSWORD}`)}`;
  const server = createServer((request, response) => {
    const isKnown = request.headers.authorization === expected;
    response.writeHead(isKnown ? 200 : 401, { "www-authenticate": 'Basic realm="x"' }).end("{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    await onEachRuntime(async ({ name, command }) => {
      await withDirectory(async (directory) => {
        const env = { DOCKER_CONFIG: directory };
        const login = [...command, "login", host];
        const typed = { "User: ": "adx\x7fa\r", "Password: ": `${PASSWORD}\r` };
        const { code, seen } = await converse(login, typed, env);
        assert.equal(code, 0, `${name}: ${seen}`);
        assert.ok(!seen.includes(PASSWORD), `${name}: ${seen}`);
        assert.ok(seen.includes(join(directory, "config.json")), `${name}: ${seen}`);
        const config = JSON.parse(await readFile(join(directory, "config.json"), "utf8"));
        assert.equal(atob(config.auths[host].auth), `${USER}:${PASSWORD}`);
        const stopped = await converse(login, { "User: ": "\x03" }, env);
        assert.equal(stopped.code, 130, `${name}: ${stopped.seen}`);
      });
    });
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

testWith(
  ["script"],
  "delete on a terminal takes a line for an answer, and nothing but yes",
  async () => {
    await onEachRuntime(async ({ name, command }) => {
      await withDirectory(async (directory) => {
        const layout = `oci:${join(directory, "image")}`;
        const input = join(directory, "file");
        await writeFile(input, "hello");
        const made = await exec([...command, "scratch", `${layout}:1`, "--add", input]);
        assert.equal(made.code, 0, made.stderr);
        for (
          const [answer, code, tags] of [["\r", 1, "1\n"], ["n\r", 1, "1\n"], [
            "y\r",
            0,
            "",
          ]] as const
        ) {
          const line = [...command, "delete", `${layout}:1`];
          const ended = await converse(line, { "? [y/N] ": answer }, {});
          assert.equal(ended.code, code, `${name}: ${ended.seen}`);
          assert.equal((await exec([...command, "tags", layout])).stdout, tags, name);
        }
        const stopped = await converse([...command, "delete", `${layout}:2`], {}, {});
        assert.match(stopped.seen, /it is not there/, "nobody is asked about what is not there");
      });
    });
  },
);
