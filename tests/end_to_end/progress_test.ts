// deno-lint-ignore-file no-control-regex -- That is what a terminal reads.
/** What a person sees on a terminal while a registry is slow, or says nothing. */

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import process from "node:process";
import { onEachRuntime } from "./appendlayer.ts";
import { tarOfFiles } from "./base_image.ts";
import { testWith } from "./program.ts";
import { withDirectory } from "./scratch.ts";

/** Milliseconds for a command, after which it has failed. */
const LIMIT = 120_000;

/** Runs a command on a terminal of some columns, and types where a text is to be seen. */
async function watch(
  command: readonly string[],
  { columns, typed }: { readonly columns: number; readonly typed: [text: RegExp, keys: string] },
): Promise<{ readonly code: number | null; readonly seen: string }> {
  const words = command.map((word) => `'${word}'`).join(" ");
  const line = `stty cols ${columns}; exec ${words}`;
  const child = spawn("script", ["-qec", line, "/dev/null"], { env: process.env });
  let seen = "";
  let isTyped = false;
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    seen += text;
    if (isTyped || !typed[0].test(seen)) return;
    isTyped = true;
    child.stdin.write(typed[1]);
  });
  const timer = setTimeout(() => child.kill("SIGKILL"), LIMIT);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject).on("close", resolve);
  });
  clearTimeout(timer);
  return { code, seen };
}

/** A registry that takes an upload's bytes and then says nothing. */
async function silentRegistry(): Promise<Server> {
  const server = createServer((request, response) => {
    request.resume();
    if (request.method === "HEAD") response.writeHead(404).end();
    else if (request.method === "DELETE") response.writeHead(204).end();
    else if (request.method === "POST") {
      response.writeHead(202, { location: "/v2/acme/app/blobs/uploads/1" }).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

/** The lines that were to be seen at any time, without what moves the cursor. */
function linesOf(seen: string): string[] {
  return seen.split(/[\r\n]+|\x1b\[\d*[AJK]/).filter((line) => line !== "");
}

testWith(
  ["script"],
  "a registry that says nothing is named at 40, 80 and 200 columns, and Ctrl-C leaves a clean line",
  async () => {
    const server = await silentRegistry();
    try {
      const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
      await withDirectory(async (directory) => {
        const layers = ["one.tar", "two.tar"].map((name) => join(directory, name));
        for (const [index, path] of layers.entries()) {
          await writeFile(path, await tarOfFiles({ "big.txt": `${index}`.repeat(3_000_000) }));
        }
        const args = layers.flatMap((path) => ["--layer", path]);
        await onEachRuntime(async ({ name, command }) => {
          await Promise.all([40, 80, 200].map(async (columns) => {
            const line = [...command, "scratch", `${host}/acme/app:1`, "--compression", "none"];
            const { code, seen } = await watch([...line, ...args], {
              columns,
              typed: [
                /layer 1: 2\.9 MiB of 2\.9 MiB, 100 %[^]*\nwaiting for 127\.0\.0\.1:\d+, \d+ s/,
                "\x03",
              ],
            });
            const context = `${name}, ${columns} columns: ${JSON.stringify(seen)}`;
            assert.equal(code, 130, context);
            for (const shown of linesOf(seen)) {
              assert.ok(shown.length < columns || shown.startsWith("appendlayer:"), context);
            }
            // The lines are gone before anything else is written.
            assert.match(seen, /\x1b\[J(?:\^C)?\r*\n?appendlayer: stopped by SIGINT\r\n$/, context);
            assert.doesNotMatch(seen, /\x1b\[2J/, context);
          }));
        });
      });
    } finally {
      server.closeAllConnections();
      server.close();
    }
  },
);
