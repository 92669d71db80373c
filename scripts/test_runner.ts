/** Runs test files, one process each and a time limit on each, and adds up what came of them. */

import { addTallies, formatTally, NO_TESTS, readTally, type Tally } from "./tap.ts";
import {
  bundle,
  findBun,
  findDeno,
  findNode,
  type FoundRuntime,
  type Runtime,
} from "./runtimes.ts";
import { run, say } from "./run.ts";

/** Milliseconds for one file on one runtime. */
const LIMIT = 5 * 60_000;
/** Milliseconds for one file that starts registries, engines and browsers. */
const WHOLE_LIMIT = 15 * 60_000;

/** Tests of the whole, which start programs themselves and therefore run on Deno alone, one at a time. */
const WHOLE = /^tests\/(?:end_to_end|runtimes)\//;

/** Options of {@linkcode runTests}. */
export interface TestOptions {
  /**
   * Which of deno, bun, node and whole to run.
   *
   * @default all
   */
  readonly on?: readonly string[] | undefined;
  /** A directory that gets V8's coverage of everything that runs on Deno. */
  readonly coverage?: string | undefined;
}

/** Every test file, sorted. */
export async function findTests(): Promise<string[]> {
  const found: string[] = [];
  async function walk(directory: string): Promise<void> {
    for await (const entry of Deno.readDir(directory)) {
      const path = `${directory}/${entry.name}`;
      if (entry.isDirectory) await walk(path);
      else if (entry.name.endsWith("_test.ts")) found.push(path);
    }
  }
  await walk("tests");
  return found.sort();
}

/** Runs the files and prints a line for each runtime, the whole output of each file that failed, and what was skipped. */
export async function runTests(
  files: readonly string[],
  options: TestOptions = {},
): Promise<Tally> {
  const { on = ["deno", "bun", "node", "whole"], coverage } = options;
  const deno = findDeno();
  const [bun, node] = await Promise.all([findBun(), findNode()]);
  const parts = files.filter((file) => !WHOLE.test(file));
  const whole = files.filter((file) => WHOLE.test(file));
  const tallies: Tally[] = [];
  for (const runtime of [deno, bun, node]) {
    if (on.includes(runtime.name)) tallies.push(await runParts(parts, runtime, coverage));
  }
  if (on.includes("whole")) {
    const env = {
      APPENDLAYER_DENO: deno.path,
      APPENDLAYER_BUN: "path" in bun ? bun.path : "",
      APPENDLAYER_NODE: "path" in node ? node.path : "",
      ...(coverage !== undefined && { DENO_COVERAGE_DIR: coverage }),
    };
    const started = Date.now();
    const each = whole.map((file) => () =>
      runFile(file, deno, { limit: WHOLE_LIMIT, env, coverage })
    );
    const tally = addTallies(await inPool(each, 1));
    report("end to end", whole.length, tally, started);
    tallies.push(tally);
  }
  const total = addTallies(tallies);
  for (const skip of total.skips) say(`skipped: ${skip}`);
  return total;
}

async function runParts(
  files: readonly string[],
  runtime: FoundRuntime,
  coverage: string | undefined,
): Promise<Tally> {
  if ("missing" in runtime) {
    const skip = `everything on ${runtime.name}: ${runtime.missing}`;
    return { ...NO_TESTS, skipped: 1, skips: [skip] };
  }
  const started = Date.now();
  const directory = await Deno.makeTempDir({ prefix: "appendlayer-test-" });
  try {
    if (runtime.name === "node" && files.length > 0) await bundle(files, directory);
    const each = files.map((file) => () =>
      runFile(file, runtime, { limit: LIMIT, directory, coverage })
    );
    const all = addTallies(await inPool(each, navigator.hardwareConcurrency));
    const tally = { ...all, skips: all.skips.map((skip) => `${skip} (${runtime.name})`) };
    report(`${runtime.name} ${runtime.version}`, files.length, tally, started);
    return tally;
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** How a file's process is run. */
interface FileOptions {
  /** Milliseconds. */
  readonly limit: number;
  /** Where Node's bundles are. */
  readonly directory?: string;
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly coverage?: string | undefined;
}

async function runFile(file: string, runtime: Runtime, options: FileOptions): Promise<Tally> {
  const { limit, env } = options;
  const { code, output } = await run(testCommand(file, runtime, options), {
    timeout: limit,
    env: { NO_COLOR: "1", ...env },
  });
  const tally = readTally(output);
  if (code === 0 && tally.failed === 0) return tally;
  say(`--- ${file} on ${runtime.name}: exit status ${code}`);
  say(shorten(output.trimEnd()));
  say("---");
  // A file that does not load, or ends in mid-test, has no failing test of its own to be counted.
  return { ...tally, failed: Math.max(tally.failed, 1) };
}

/** Leaves the middle out of what is longer than anybody reads: a difference of two large arrays has thousands of lines. */
function shorten(output: string): string {
  const lines = output.split("\n");
  if (lines.length <= 400) return output;
  return [...lines.slice(0, 200), `… ${lines.length - 400} lines …`, ...lines.slice(-200)].join(
    "\n",
  );
}

function testCommand(file: string, runtime: Runtime, options: FileOptions): [string, ...string[]] {
  const { directory, coverage } = options;
  switch (runtime.name) {
    case "deno": {
      const collect = coverage === undefined
        ? []
        : [`--coverage=${coverage}`, "--coverage-raw-data-only"];
      return [
        runtime.path,
        "test",
        "--allow-all",
        "--no-check",
        "--quiet",
        "--trace-leaks",
        ...collect,
        file,
      ];
    }
    case "bun":
      // Bun's own limit of five seconds a test would count for slow machines only.
      return [runtime.path, "test", "--timeout=300000", `./${file}`];
    case "node":
      return [
        runtime.path,
        "--test",
        "--test-reporter=tap",
        `${directory}/${file.replace(/\.ts$/, ".mjs")}`,
      ];
  }
}

function report(name: string, files: number, tally: Tally, started: number): void {
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  say(
    `${name.padEnd(14)} ${String(files).padStart(3)} files  ${formatTally(tally)}  (${seconds} s)`,
  );
}

/** Runs tasks, so many at a time; the results keep the tasks' order. */
async function inPool<T>(tasks: readonly (() => Promise<T>)[], width: number): Promise<T[]> {
  const results: T[] = [];
  const queue = tasks.entries();
  // The workers share one iterator, so that each takes the next task when it is free.
  await Promise.all(
    Array.from({ length: width }, async () => {
      for (const [index, task] of queue) results[index] = await task();
    }),
  );
  return results;
}
