import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { VERSION } from "../../lib/cli/version.ts";
import { bundle } from "../../scripts/runtimes.ts";
import { BUN, DENO } from "./appendlayer.ts";
import { exec, succeed } from "./program.ts";
import { withDirectory } from "./scratch.ts";

const ROOT = new URL("../../", import.meta.url);
const RUNTIMES = BUN === undefined ? [DENO] : [DENO, BUN];

/** Runs a module on a runtime, in the place of `cli.ts`. */
function runModule(
  { command }: typeof DENO,
  module: string,
  args: readonly string[] = ["--version"],
): ReturnType<typeof exec> {
  return exec([...command.slice(0, -1), module, ...args]);
}

test("mod.ts and cli.ts are each the command, once, where they are the program", async () => {
  for (const runtime of RUNTIMES) {
    for (const name of ["mod.ts", "cli.ts"]) {
      const ended = await runModule(runtime, fileURLToPath(new URL(name, ROOT)));
      assert.deepEqual(
        ended,
        { code: 0, stdout: `${VERSION}\n`, stderr: "" },
        `${runtime.name} ${name}`,
      );
      const wrong = await runModule(runtime, fileURLToPath(new URL(name, ROOT)), ["--nope"]);
      assert.equal(wrong.code, 2, `${runtime.name} ${name}`);
      assert.equal(wrong.stderr.match(/has no such option/g)?.length, 1, wrong.stderr);
    }
  }
});

test("mod.ts is the command where it comes from a server, as packages do", async () => {
  const server = createServer(async (request, response) => {
    try {
      const text = await readFile(new URL(`.${request.url}`, ROOT));
      response.writeHead(200, { "content-type": "application/typescript" }).end(text);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const { port } = server.address() as AddressInfo;
    await withDirectory(async (directory) => {
      const [deno = "deno"] = DENO.command;
      const command = [deno, "run", "-A", "--no-check", "--no-lock"];
      const url = `http://127.0.0.1:${port}/mod.ts`;
      const env = { DENO_DIR: directory };
      assert.equal(await succeed([...command, url, "--version"], { env }), `${VERSION}\n`);
    });
  } finally {
    server.close();
  }
});

test("mod.ts does nothing where another program imports it, bundled or not", async () => {
  await withDirectory(async (directory) => {
    const program = join(directory, "program.ts");
    const module = new URL("mod.ts", ROOT).href;
    await writeFile(
      program,
      `import { formatReference } from ${JSON.stringify(fileURLToPath(module))};\n` +
        `console.log(typeof formatReference);\n`,
    );
    const expected = { code: 0, stdout: "function\n", stderr: "" };
    for (const runtime of RUNTIMES) {
      assert.deepEqual(await runModule(runtime, program), expected, runtime.name);
    }
    await bundle([program], directory, ["--platform=browser"]);
    const bundled = join(directory, "program.mjs");
    // The bundle is the program, and has no command in it.
    for (const runtime of RUNTIMES) {
      assert.deepEqual(await runModule(runtime, bundled), expected, runtime.name);
    }
    assert.doesNotMatch(await readFile(bundled, "utf8"), /has no such option/);
    if (BUN !== undefined) {
      const [bun = "bun"] = BUN.command;
      const outfile = join(directory, "bun.mjs");
      await succeed([bun, "build", program, `--outfile=${outfile}`]);
      assert.doesNotMatch(await readFile(outfile, "utf8"), /has no such option/);
      assert.deepEqual(await runModule(DENO, outfile), expected);
    }
  });
});
