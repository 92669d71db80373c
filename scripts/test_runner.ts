/** Runs the test files by the runtimes' own runners, and adds up what their reports say. */

import { formatNotes } from "./engines/notes.ts";
import { addTallies, formatTally, NO_TESTS, readJunit, type Skip, type Tally } from "./junit.ts";
import {
  bundle,
  findBun,
  findDeno,
  findNode,
  type FoundRuntime,
  type Runtime,
} from "./runtimes.ts";
import { buildCommand } from "./npm.ts";
import { run, say } from "./run.ts";

/** Milliseconds for all unit tests of one runtime. */
const UNITS_LIMIT = 10 * 60_000;
/** Milliseconds for one file of unit tests that runs by itself. */
const FILE_LIMIT = 60_000;
/** Milliseconds for one file that starts registries, engines and browsers. */
const WHOLE_LIMIT = 10 * 60_000;
/** The same, with the option `long`. */
const LONG_LIMIT = 60 * 60_000;
/** Milliseconds for one test; Deno's runner has no such limit. */
const TEST_LIMIT = 5 * 60_000;

/** End-to-end tests, which start the runtimes themselves and therefore only run on Deno, each file in a process of its own. */
const WHOLE = /^tests\/(?:end_to_end|runtimes)\//;
/** End-to-end tests that start container engines: one at a time, since engines share mounts, locks and control groups. */
const WITH_ENGINES = /^tests\/end_to_end\/engines/;
/** How many of the slowest files are listed. */
const LONGEST = 8;

/** Options of {@linkcode runTests}. */
export interface TestOptions {
  /**
   * Which of deno, bun, node and whole to run.
   *
   * @default all
   */
  readonly on?: readonly string[] | undefined;
  /** A directory for V8's coverage of the unit tests on Deno. That of end-to-end tests would cover few more lines, and take a fifth longer. */
  readonly coverage?: string | undefined;
  /**
   * Whether to run tests that take long too, and those of container engines with the engines that `scripts/engines/fetch.ts` has put
   * into the directory named by `APPENDLAYER_ENGINES`.
   *
   * @default {false}
   */
  readonly long?: boolean | undefined;
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

/** Runs the files and prints a line for each runtime, its failures, and the tests that were skipped. */
export async function runTests(
  files: readonly string[],
  options: TestOptions = {},
): Promise<Tally> {
  const { on = ["deno", "bun", "node", "whole"], coverage, long = false } = options;
  const deno = findDeno();
  const [bun, node] = await Promise.all([findBun(), findNode()]);
  const units = files.filter((file) => !WHOLE.test(file));
  const whole = files.filter((file) => WHOLE.test(file));
  const tallies = new Map<string, Tally>();
  for (const runtime of [deno, bun, node]) {
    if (!on.includes(runtime.name) || units.length === 0) continue;
    tallies.set(runtime.name, await runUnits(units, runtime, { coverage, long }));
  }
  if (on.includes("whole") && whole.length > 0) {
    const notes = await Deno.makeTempFile({ prefix: "appendlayer-notes-" });
    // One package for all tests, since building it takes seconds.
    const npm = await Deno.makeTempDir({ prefix: "appendlayer-npm-" });
    await buildCommand(npm);
    const env = {
      APPENDLAYER_NPM: npm,
      APPENDLAYER_NOTES: notes,
      APPENDLAYER_LONG: long ? "1" : "",
      APPENDLAYER_DENO: deno.path,
      APPENDLAYER_BUN: "path" in bun ? bun.path : "",
      APPENDLAYER_NODE: "path" in node ? node.path : "",
    };
    const started = Date.now();
    const tally = await runWhole(whole, deno, { limit: long ? LONG_LIMIT : WHOLE_LIMIT, env });
    report("end to end", whole.length, tally, started);
    tallies.set("end to end", tally);
    for (const line of formatNotes(await Deno.readTextFile(notes), { long })) say(line);
    await Deno.remove(notes);
    await Deno.remove(npm, { recursive: true });
  }
  for (const line of listSkips(tallies)) say(line);
  return addTallies(tallies.values());
}

/**
 * Runs end-to-end tests, each file in a process of its own, so that one that hangs does not stop others. If there are enough
 * processors, two run at a time, but never two that start engines.
 */
async function runWhole(
  files: readonly string[],
  deno: Runtime,
  options: FilesOptions,
): Promise<Tally> {
  const engines = files.filter((file) => WITH_ENGINES.test(file));
  const others = files.filter((file) => !WITH_ENGINES.test(file));
  const tallies: Tally[] = [];
  const seconds = new Map<string, number>();
  const work = async (own: string[]): Promise<void> => {
    for (let file; (file = own.shift() ?? others.shift()) !== undefined;) {
      const started = Date.now();
      tallies.push((await runFiles([file], deno, options)).tally);
      seconds.set(file, (Date.now() - started) / 1000);
    }
  };
  await Promise.all(
    navigator.hardwareConcurrency > 1 ? [work(engines), work([])] : [work(engines)],
  );
  const longest = [...seconds].sort(([, a], [, b]) => b - a).slice(0, LONGEST);
  const told = longest.map(([file, time]) => `${file.split("/").at(-1)} ${time.toFixed(0)} s`);
  say(`the longest: ${told.join(", ")}`);
  return addTallies(tallies);
}

/** A line for each skipped test: its name, the reason if a runner reports it, and the runtimes. */
export function listSkips(tallies: ReadonlyMap<string, Tally>): string[] {
  const skips = new Map<string, { reason?: string | undefined; readonly on: string[] }>();
  for (const [runtime, tally] of tallies) {
    for (const { name, reason } of tally.skips) {
      const known = skips.get(name) ?? { on: [] };
      if (!known.on.includes(runtime)) known.on.push(runtime);
      known.reason ??= reason;
      skips.set(name, known);
    }
  }
  return [...skips].map(([name, { reason, on }]) =>
    `skipped: ${name}${reason === undefined ? "" : `: ${reason}`} (${on.join(", ")})`
  );
}

async function runUnits(
  files: readonly string[],
  runtime: FoundRuntime,
  { coverage, long = false }: TestOptions,
): Promise<Tally> {
  if ("missing" in runtime) {
    const skip: Skip = { name: `everything on ${runtime.name}`, reason: runtime.missing };
    return { ...NO_TESTS, skips: [skip] };
  }
  const started = Date.now();
  const directory = await Deno.makeTempDir({ prefix: "appendlayer-test-" });
  try {
    if (runtime.name === "node") await bundle(files, directory);
    const limit = long ? LONG_LIMIT : UNITS_LIMIT;
    const options = { limit, directory, coverage, env: long ? { APPENDLAYER_LONG: "1" } : {} };
    let { tally, hasReport } = await runFiles(files, runtime, options);
    if (!hasReport && files.length > 1) {
      say(`${runtime.name} gave no report: each file by itself`);
      const each: Tally[] = [];
      for (const file of files) {
        each.push((await runFiles([file], runtime, { ...options, limit: FILE_LIMIT })).tally);
      }
      // Files that only hang when they run together have failed too.
      tally = addTallies([{ ...NO_TESTS, failed: 1 }, ...each]);
    }
    report(`${runtime.name} ${runtime.version}`, files.length, tally, started);
    return tally;
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** Options of {@linkcode runFiles}. */
interface FilesOptions {
  /** The time limit in milliseconds. */
  readonly limit: number;
  /** Where Node's bundles are. */
  readonly directory?: string;
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly coverage?: string | undefined;
}

/** Runs files in one process, and prints the runner's output if anything failed. */
async function runFiles(
  files: readonly string[],
  runtime: Runtime,
  options: FilesOptions,
): Promise<{ readonly tally: Tally; readonly hasReport: boolean }> {
  const { limit, env } = options;
  const path = await Deno.makeTempFile({ prefix: "appendlayer-report-", suffix: ".xml" });
  try {
    const { code, output } = await run(testCommand(files, runtime, path, options), {
      timeout: limit,
      env: { NO_COLOR: "1", ...env },
    });
    const text = await Deno.readTextFile(path);
    const tally = readJunit(text, runtime.name === "node" ? "tests" : "files");
    const hasReport = text.includes("</testsuites>");
    if (code === 0 && tally.failed === 0 && hasReport) return { tally, hasReport };
    say(`--- ${nameFiles(files)} on ${runtime.name}: exit status ${code}`);
    say(shorten(dropDots(output).trimEnd()));
    say("---");
    // A file that does not load, or ends during a test, may not count as a failed test in the report.
    return { tally: { ...tally, failed: Math.max(tally.failed, 1) }, hasReport };
  } finally {
    await Deno.remove(path);
  }
}

function nameFiles(files: readonly string[]): string {
  return files.length === 1 ? String(files[0]) : `${files.length} files`;
}

/** Removes the lines of dots and commas, which only stand for tests that passed or were skipped. */
function dropDots(output: string): string {
  return output.replace(/^[.,]+\n/gm, "");
}

/** Cuts out the middle of a long output: a diff of two large arrays has thousands of lines. */
function shorten(output: string): string {
  const lines = output.split("\n");
  if (lines.length <= 1000) return output;
  const left = lines.length - 1000;
  return [...lines.slice(0, 500), `… ${left} lines …`, ...lines.slice(-500)].join("\n");
}

/** The command for a runner, which writes a report to a file and prints little more than failures. */
function testCommand(
  files: readonly string[],
  runtime: Runtime,
  report: string,
  options: FilesOptions,
): [string, ...string[]] {
  const { directory, coverage } = options;
  switch (runtime.name) {
    case "deno":
      return [
        runtime.path,
        "test",
        "--allow-all",
        "--no-check",
        "--quiet",
        "--trace-leaks",
        "--parallel",
        "--reporter=dot",
        `--junit-path=${report}`,
        ...(coverage === undefined ? [] : [`--coverage=${coverage}`, "--coverage-raw-data-only"]),
        ...files,
      ];
    case "bun":
      return [
        runtime.path,
        "test",
        "--parallel",
        "--only-failures",
        // Bun's default of five seconds per test is too short for slow machines.
        `--timeout=${TEST_LIMIT}`,
        "--reporter=junit",
        `--reporter-outfile=${report}`,
        ...files.map((file) => `./${file}`),
      ];
    case "node":
      return [
        runtime.path,
        "--test",
        `--test-timeout=${TEST_LIMIT}`,
        `--test-concurrency=${navigator.hardwareConcurrency}`,
        "--test-reporter=junit",
        `--test-reporter-destination=${report}`,
        "--test-reporter=dot",
        "--test-reporter-destination=stdout",
        ...files.map((file) => `${directory}/${file.replace(/\.ts$/, ".mjs")}`),
      ];
  }
}

function report(name: string, files: number, tally: Tally, started: number): void {
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  say(
    `${name.padEnd(14)} ${String(files).padStart(3)} files  ${formatTally(tally)}  (${seconds} s)`,
  );
}
