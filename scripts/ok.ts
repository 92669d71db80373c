/**
 * `deno task ok`: every gate, one after the other, to the end even where one fails. The last line is `N passed, N failed`,
 * gates and tests added up.
 */

import { checkCoverage } from "./coverage.ts";
import { ROOMS } from "./lint/rooms.ts";
import { run, say } from "./run.ts";
import { addTallies, formatTally, NO_TESTS, readTally, type Tally } from "./tap.ts";
import { findTests, runTests } from "./test_runner.ts";

const DENO = Deno.execPath();
const PASSED: Tally = { ...NO_TESTS, passed: 1 };
const FAILED: Tally = { ...NO_TESTS, failed: 1 };

/** The gates that are a program to run. */
const GATES: readonly (readonly [name: string, ...command: string[]])[] = [
  ["fmt", "fmt", "--check"],
  ["lint", "lint"],
  ["check, the whole and the web-only part", "task", "check"],
  ["doc --lint", "doc", "--lint", "mod.ts"],
  // Nothing is sent, and nothing is fetched either: this works without a network.
  ["publish --dry-run", "publish", "--dry-run", "--allow-dirty"],
];

async function passGate(name: string, args: readonly string[]): Promise<Tally> {
  const { code, output } = await run([DENO, ...args], { env: { NO_COLOR: "1" } });
  say(`${code === 0 ? "passed" : "FAILED"}  ${name}`);
  if (code !== 0) say(output.trimEnd());
  return code === 0 ? PASSED : FAILED;
}

/** The examples in docstrings and in the README, type-checked and run. */
async function testDocs(): Promise<Tally> {
  const rooms = [...ROOMS.keys()].map((room) => `lib/${room}`);
  const { code, output } = await run(
    [
      DENO,
      "test",
      "--doc",
      "--quiet",
      "--allow-all",
      "mod.ts",
      "README.md",
      ...rooms,
    ],
    { env: { NO_COLOR: "1" } },
  );
  const tally = readTally(output);
  say(`${code === 0 ? "passed" : "FAILED"}  docs' examples: ${formatTally(tally)}`);
  if (code !== 0) say(output.trimEnd());
  return code === 0 ? tally : addTallies([tally, FAILED]);
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
