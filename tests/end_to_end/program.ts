/** Programs that end-to-end tests start: found, run, and always ended. */

import { type ChildProcess, spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import process from "node:process";
import { test } from "node:test";

/** Whether a program is on the path; administrators' folders are looked into as well. */
export function hasProgram(name: string): boolean {
  const folders = `${process.env["PATH"]}${delimiter}/usr/sbin${delimiter}/sbin`.split(delimiter);
  return folders.some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** A test that needs programs; without them it is skipped, and its name says why. */
export function testWith(
  programs: readonly string[],
  name: string,
  action: () => Promise<void>,
): void {
  const missing = programs.filter((program) =>
    program === "root" ? process.getuid?.() !== 0 : !hasProgram(program)
  );
  if (missing.length === 0) test(name, action);
  else test(`${name} (needs ${missing.join(", ")})`, { skip: true }, () => {});
}

/** Options of {@linkcode exec}. */
export interface ExecOptions {
  readonly cwd?: string | undefined;
  /** Added to the environment; undefined takes a variable out of it. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Standard input; without it, it is at its end. */
  readonly input?: Uint8Array | string | AsyncIterable<Uint8Array>;
  /** Called with the process once it runs. */
  readonly onStart?: (child: ChildProcess) => void;
  /**
   * Milliseconds.
   *
   * @default {300_000}
   */
  readonly timeout?: number;
}

/** How a program ended. */
export interface Ended {
  /** The exit status; -1 where a signal ended it. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The environment of a child: ours, with changes. */
function environment(changes: ExecOptions["env"] = {}): Record<string, string> {
  const merged = { ...process.env, NO_COLOR: "1", ...changes };
  return Object.fromEntries(
    Object.entries(merged).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

/** Runs a program to its end. */
export async function exec(
  command: readonly string[],
  options: ExecOptions = {},
): Promise<Ended> {
  const { cwd, env, input, onStart, timeout = 300_000 } = options;
  const [program = "", ...args] = command;
  const child = spawn(program, args, { cwd, env: environment(env), stdio: "pipe" });
  const collected = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => collected[name] += text);
  }
  const timer = setTimeout(() => child.kill("SIGKILL"), timeout);
  const ended = new Promise<number>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve(code ?? -1));
  });
  onStart?.(child);
  try {
    await Promise.all([feed(child, input), ended]);
    return { code: await ended, ...collected };
  } finally {
    clearTimeout(timer);
  }
}

/** Writes standard input with back-pressure; a reader that ends early is no error of the writer's. */
async function feed(child: ChildProcess, input: ExecOptions["input"]): Promise<void> {
  const stdin = child.stdin;
  if (stdin === null) return;
  let gone = false;
  const end = new Promise<void>((resolve) => {
    const leave = (): void => {
      gone = true;
      resolve();
    };
    stdin.on("error", leave);
    child.on("close", leave);
  });
  if (input !== undefined && (typeof input === "string" || input instanceof Uint8Array)) {
    stdin.end(input);
    return;
  }
  for await (const chunk of input ?? []) {
    if (gone) break;
    if (!stdin.write(chunk)) {
      await Promise.race([end, new Promise<void>((resolve) => stdin.once("drain", resolve))]);
    }
  }
  stdin.end();
}

/** Runs a program that must succeed, and returns its standard output. */
export async function succeed(
  command: readonly string[],
  options: ExecOptions = {},
): Promise<string> {
  const { code, stdout, stderr } = await exec(command, options);
  if (code !== 0) {
    throw new Error(`Cannot run "${command.join(" ")}": exit status ${code}: ${stderr}${stdout}`);
  }
  return stdout;
}

/** Milliseconds until a server has to answer, however busy this machine is. */
const START_LIMIT = 120_000;

/** Options of {@linkcode withServer}. */
export interface ServerOptions extends Pick<ExecOptions, "cwd" | "env"> {
  /** Whether it answers by now; asked again until it does. */
  readonly ready: () => Promise<boolean>;
}

/** Starts a server, waits until it answers, lends it to an action and ends it by its process id, whatever happened. */
export async function withServer<T>(
  command: readonly string[],
  options: ServerOptions,
  action: (child: ChildProcess) => Promise<T>,
): Promise<T> {
  const { cwd, env, ready } = options;
  const [program = "", ...args] = command;
  const child = spawn(program, args, {
    cwd,
    env: environment(env),
    stdio: ["ignore", "pipe", "pipe"],
  });
  // The last of its words, for the case that it does not start; its pipes must be read in any case.
  let words = "";
  const listen = (text: string): void => {
    words = (words + text).slice(-4000);
  };
  child.stdout.setEncoding("utf8").on("data", listen);
  child.stderr.setEncoding("utf8").on("data", listen);
  let running = true;
  const ended = new Promise<void>((resolve) => {
    const end = (): void => {
      running = false;
      resolve();
    };
    child.on("close", end).on("error", end);
  });
  try {
    const deadline = Date.now() + START_LIMIT;
    while (!(await ready().catch(() => false))) {
      if (!running || Date.now() > deadline) throw new Error(`Cannot start "${program}": ${words}`);
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    return await action(child);
  } finally {
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), 5000);
    await ended;
    clearTimeout(timer);
  }
}
