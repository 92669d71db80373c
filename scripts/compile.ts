/**
 * Makes executables in `dist/` for all systems, or for those named as arguments:
 * `deno task compile linux-x64 windows-x64`.
 *
 * `bun build --compile` makes them: it only needs the npm registry, and its executables start in a few milliseconds. `--with=deno` uses
 * `deno compile` instead, which downloads a runtime for each target from a host of Deno's.
 */

import { fileURLToPath } from "node:url";
import { run, type RunResult, say } from "./run.ts";
import { findBun } from "./runtimes.ts";

/** The systems, with the two compilers' names for them. */
const TARGETS: ReadonlyMap<string, { readonly bun: string; readonly deno?: string }> = new Map([
  ["linux-x64", { bun: "bun-linux-x64-baseline", deno: "x86_64-unknown-linux-gnu" }],
  ["linux-arm64", { bun: "bun-linux-arm64", deno: "aarch64-unknown-linux-gnu" }],
  ["linux-x64-musl", { bun: "bun-linux-x64-musl-baseline" }],
  ["linux-arm64-musl", { bun: "bun-linux-arm64-musl" }],
  ["macos-x64", { bun: "bun-darwin-x64", deno: "x86_64-apple-darwin" }],
  ["macos-arm64", { bun: "bun-darwin-arm64", deno: "aarch64-apple-darwin" }],
  ["windows-x64", { bun: "bun-windows-x64-baseline", deno: "x86_64-pc-windows-msvc" }],
]);

/** Options of {@linkcode compileWithBun}. */
export interface CompileOptions {
  /**
   * Bun's name for the system.
   *
   * @default this machine
   */
  readonly target?: string | undefined;
  /**
   * The program.
   *
   * @default the command
   */
  readonly entry?: string | undefined;
}

/** Compiles with Bun. */
export async function compileWithBun(
  bun: string,
  output: string,
  { target, entry = fileURLToPath(new URL("../cli.ts", import.meta.url)) }: CompileOptions = {},
): Promise<RunResult> {
  return await run([
    bun,
    "build",
    "--compile",
    "--minify",
    // Bytecode halves the time to start.
    "--bytecode",
    // In several chunks, so that modules that are imported dynamically are only loaded when they are needed.
    "--format=esm",
    "--splitting",
    // Compiles to machine code four times later than by default: in a run of a second, compiling takes longer than it saves.
    "--compile-jit-policy=4",
    // Else it would run code that a bunfig.toml in the current folder names, and read variables from an .env there.
    "--no-compile-autoload-bunfig",
    "--no-compile-autoload-dotenv",
    ...(target === undefined ? [] : [`--target=${target}`]),
    `--outfile=${output}`,
    entry,
  ]);
}

/** Compiles for one system; returns what went wrong, or undefined. */
async function compile(
  system: string,
  compiler: "bun" | "deno",
  bun: string,
): Promise<string | undefined> {
  const target = TARGETS.get(system)?.[compiler];
  if (target === undefined) return `${compiler} makes no executable for it`;
  const output = `dist/appendlayer-${system}${system.startsWith("windows") ? ".exe" : ""}`;
  const ended = compiler === "bun" ? await compileWithBun(bun, output, { target }) : await run([
    Deno.execPath(),
    "compile",
    "--quiet",
    "--allow-all",
    "--no-check",
    `--target=${target}`,
    `--output=${output}`,
    "cli.ts",
  ]);
  if (ended.code !== 0) return ended.output.trim();
  const { size } = await Deno.stat(output);
  say(`${output}  ${(size / 1e6).toFixed(0)} MB`);
  return undefined;
}

async function main(args: readonly string[]): Promise<number> {
  const compiler = args.includes("--with=deno") ? "deno" : "bun";
  const named = args.filter((arg) => !arg.startsWith("--"));
  const systems = named.length > 0 ? named : [...TARGETS.keys()];
  const unknown = systems.filter((system) => !TARGETS.has(system));
  if (unknown.length > 0) {
    say(`Cannot compile for ${unknown.join(", ")}: known are ${[...TARGETS.keys()].join(", ")}`);
    return 2;
  }
  const bun = await findBun();
  if (compiler === "bun" && "missing" in bun) {
    say(`Cannot compile: ${bun.missing}`);
    return 1;
  }
  let failed = 0;
  for (const system of systems) {
    const problem = await compile(system, compiler, "path" in bun ? bun.path : "");
    if (problem === undefined) continue;
    failed++;
    say(`Cannot compile for ${system}: ${problem}`);
  }
  return failed === 0 ? 0 : 1;
}

if (import.meta.main) {
  main(Deno.args).then((code) => Deno.exitCode = code);
}
