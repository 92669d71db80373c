/** The command line under test, on each runtime. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { buildCommand, COMMAND } from "../../scripts/npm.ts";
import { type Ended, exec, type ExecOptions, hasProgram } from "./program.ts";

/** How the command line is started. */
export interface CliRuntime {
  readonly name: "deno" | "bun" | "node";
  readonly command: readonly string[];
}

const CLI = fileURLToPath(new URL("../../cli.ts", import.meta.url));

/** The Deno that runs these tests: `APPENDLAYER_DENO`, or the path, where another runtime runs one of them by hand. */
const DENO_PROGRAM = process.env["APPENDLAYER_DENO"] ??
  (process.versions["deno"] === undefined ? "deno" : process.execPath);

export const DENO: CliRuntime = {
  name: "deno",
  command: [DENO_PROGRAM, "run", "-A", "--no-check", CLI],
};

/** Bun, where there is one: `APPENDLAYER_BUN`, or the path. */
export const BUN: CliRuntime | undefined = process.env["APPENDLAYER_BUN"] || hasProgram("bun")
  ? { name: "bun", command: [process.env["APPENDLAYER_BUN"] || "bun", CLI] }
  : undefined;

/** Lends the command line on each runtime to an action: on Node it is that of the npm package, as users get it. */
export async function onEachRuntime(
  action: (runtime: CliRuntime) => Promise<void>,
): Promise<void> {
  await action(DENO);
  if (BUN !== undefined) await action(BUN);
  await withCommand(async (path) => {
    const node = process.env["APPENDLAYER_NODE"] || "node";
    await action({ name: "node", command: [node, path] });
  });
}

/** Lends the command of the npm package: that of `APPENDLAYER_NPM`, which the script of the tests has made once for all of them, or one's own. */
async function withCommand(action: (path: string) => Promise<void>): Promise<void> {
  const made = process.env["APPENDLAYER_NPM"];
  if (made) return await action(join(made, COMMAND));
  const directory = await mkdtemp(join(tmpdir(), "appendlayer-npm-"));
  try {
    await buildCommand(directory);
    await action(join(directory, COMMAND));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Options of {@linkcode appendlayer}. */
export interface CliOptions extends ExecOptions {
  /** @default Deno */
  readonly runtime?: CliRuntime;
}

/** No credentials but those that a test gives, whoever runs it. */
const NOBODY = {
  HOME: "/nonexistent",
  XDG_RUNTIME_DIR: "/nonexistent",
  XDG_CONFIG_HOME: undefined,
  DOCKER_CONFIG: "/nonexistent",
  DOCKER_AUTH_CONFIG: undefined,
  REGISTRY_AUTH_FILE: undefined,
  ACCESS_TOKEN: undefined,
  REFRESH_TOKEN: undefined,
  SOURCE_DATE_EPOCH: undefined,
};

/** Runs `appendlayer ARGS`. */
export async function appendlayer(
  args: readonly string[],
  options: CliOptions = {},
): Promise<Ended> {
  const { runtime = DENO, env, ...rest } = options;
  return await exec([...runtime.command, ...args], { ...rest, env: { ...NOBODY, ...env } });
}
