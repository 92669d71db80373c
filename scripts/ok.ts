/**
 * `deno task ok`: every gate, one after the other, to the end even where one fails. The last line is `N passed, N failed`,
 * gates and tests added up.
 */

import { checkCoverage } from "./coverage.ts";
import { ENTRIES } from "./entries.ts";
import { addTallies, formatTally, NO_TESTS, readJunit, type Tally } from "./junit.ts";
import { run, say } from "./run.ts";
import { findTests, runTests } from "./test_runner.ts";

const DENO = Deno.execPath();
const PASSED: Tally = { ...NO_TESTS, passed: 1 };
const FAILED: Tally = { ...NO_TESTS, failed: 1 };

/** The gates that are a program to run. */
const GATES: readonly (readonly [name: string, ...command: string[]])[] = [
  ["fmt", "fmt", "--check"],
  ["lint", "lint"],
  ["check, the whole and the web-only part", "task", "check"],
  // Together, as one entry may show a type of another.
  ["doc --lint of every entry", "doc", "--lint", ...ENTRIES.map(({ path }) => path)],
  ["commands are listed", "task", "commands", "--check"],
  ["kernels are what their sources make", "run", "-A", "scripts/kernels/build.ts", "--check"],
  [
    "programs of threads are what their sources make",
    "run",
    "-A",
    "scripts/threads/build.ts",
    "--check",
  ],
  ["sizes", "run", "-A", "scripts/sizes.ts"],
  // Nothing is sent, and nothing is fetched either: this works without a network.
  ["publish --dry-run", "publish", "--dry-run", "--allow-dirty"],
];

/** Gates whose figures are worth a look where they pass, too. */
const LOUD: ReadonlySet<string> = new Set(["sizes"]);

async function passGate(name: string, args: readonly string[]): Promise<Tally> {
  const { code, output } = await run([DENO, ...args], { env: { NO_COLOR: "1" } });
  say(`${code === 0 ? "passed" : "FAILED"}  ${name}`);
  if (code !== 0 || LOUD.has(name)) say(output.trimEnd());
  return code === 0 ? PASSED : FAILED;
}

/**
 * The examples in docstrings and in the README: all type-checked, and run but for those that are marked `no-eval`, which talk to
 * somebody's registry.
 */
async function testDocs(): Promise<Tally> {
  const files = ["mod.ts", "README.md", "lib"];
  const examples = await findExamples(files);
  const report = await Deno.makeTempFile({ suffix: ".xml" });
  const { code, output } = await run(
    [
      DENO,
      "test",
      "--doc",
      "--quiet",
      "--allow-all",
      "--reporter=dot",
      `--junit-path=${report}`,
      `--filter=/(?:${examples.join("|")})-/`,
      ...files,
    ],
    { env: { NO_COLOR: "1" } },
  );
  // Those that the filter leaves out count as skipped there: they are checked, and not meant to run.
  const tally = { ...readJunit(await Deno.readTextFile(report), "files"), skips: [] };
  await Deno.remove(report);
  say(`${code === 0 ? "passed" : "FAILED"}  docs' examples: ${formatTally(tally)}`);
  if (code !== 0) say(output.trimEnd());
  return code === 0 ? tally : addTallies([tally, FAILED]);
}

/** Where the examples begin that are to be run, as Deno names them, `FILE#LINE`, escaped for a regular expression. */
async function findExamples(paths: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const path of paths) {
    const { isDirectory } = await Deno.stat(path);
    if (isDirectory) {
      const entries = [];
      for await (const { name } of Deno.readDir(path)) entries.push(`${path}/${name}`);
      found.push(...await findExamples(entries));
      continue;
    }
    const lines = (await Deno.readTextFile(path)).split("\n");
    for (const [index, line] of lines.entries()) {
      if (/^[ *]*```ts(?! no-eval)/.test(line)) {
        found.push(`${path}#${index + 1}`.replace(/[./]/g, "\\$&"));
      }
    }
  }
  return found;
}

/** Runs everything with coverage, loads the files that no test loads so that they count, and holds the thresholds. */
async function testWithCoverage(): Promise<Tally> {
  const directory = `${Deno.cwd()}/coverage`;
  await Deno.remove(directory, { recursive: true }).catch(() => {});
  const tests = await runTests(await findTests(), { coverage: directory });
  const shortfalls = await checkCoverage(directory);
  say(`${shortfalls.length === 0 ? "passed" : "FAILED"}  coverage`);
  for (const shortfall of shortfalls) say(`  ${shortfall}`);
  return addTallies([tests, shortfalls.length === 0 ? PASSED : FAILED]);
}

async function main(): Promise<number> {
  const tallies: Tally[] = [];
  for (const [name, ...args] of GATES) tallies.push(await passGate(name, args));
  tallies.push(await testDocs());
  tallies.push(await testWithCoverage());
  const total = addTallies(tallies);
  say(formatTally(total));
  return total.failed === 0 ? 0 : 1;
}

if (import.meta.main) {
  main().then((code) => Deno.exitCode = code);
}
