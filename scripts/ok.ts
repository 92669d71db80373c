/**
 * `deno task ok`: runs every gate, one after the other, even if one fails. The last line is `N passed, N failed`, which counts gates and
 * tests together.
 */

import { checkCoverage } from "./coverage.ts";
import { ENTRIES } from "./entries.ts";
import { testExamples } from "./examples.ts";
import { addTallies, formatTally, NO_TESTS, type Tally } from "./junit.ts";
import { run, say } from "./run.ts";
import { findTests, runTests } from "./test_runner.ts";

const DENO = Deno.execPath();
const PASSED: Tally = { ...NO_TESTS, passed: 1 };
const FAILED: Tally = { ...NO_TESTS, failed: 1 };

/** The gates that are programs. */
const GATES: readonly (readonly [name: string, ...command: string[]])[] = [
  ["fmt", "fmt", "--check"],
  ["lint", "lint"],
  ["check, the whole and the web-only part", "task", "check"],
  // All together, since one entry may refer to a type of another.
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
  // This needs no network.
  ["publish --dry-run", "publish", "--dry-run", "--allow-dirty"],
];

/** Gates whose output is shown even if they pass. */
const LOUD: ReadonlySet<string> = new Set(["sizes"]);

async function passGate(name: string, args: readonly string[]): Promise<Tally> {
  const started = Date.now();
  const { code, output } = await run([DENO, ...args], { env: { NO_COLOR: "1" } });
  sayOutcome(code === 0, name, started);
  if (code !== 0 || LOUD.has(name)) say(output.trimEnd());
  return code === 0 ? PASSED : FAILED;
}

function sayOutcome(hasPassed: boolean, name: string, started: number): void {
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  say(`${hasPassed ? "passed" : "FAILED"}  ${name}  (${seconds} s)`);
}

/** Runs all tests with coverage, and checks its thresholds. */
async function testWithCoverage(): Promise<Tally> {
  const directory = `${Deno.cwd()}/coverage`;
  await Deno.remove(directory, { recursive: true }).catch(() => {});
  const tests = await runTests(await findTests(), { coverage: directory });
  const started = Date.now();
  const shortfalls = await checkCoverage(directory);
  sayOutcome(shortfalls.length === 0, "coverage", started);
  for (const shortfall of shortfalls) say(`  ${shortfall}`);
  return addTallies([tests, shortfalls.length === 0 ? PASSED : FAILED]);
}

async function main(): Promise<number> {
  const tallies: Tally[] = [];
  for (const [name, ...args] of GATES) tallies.push(await passGate(name, args));
  const started = Date.now();
  const examples = await testExamples();
  sayOutcome(examples.failed === 0, `examples: ${formatTally(examples)}`, started);
  tallies.push(examples);
  tallies.push(await testWithCoverage());
  const total = addTallies(tallies);
  say(formatTally(total));
  return total.failed === 0 ? 0 : 1;
}

if (import.meta.main) {
  main().then((code) => Deno.exitCode = code);
}
