/** Reads what the three test runners print about one file. */

/** What became of a file's tests, counted at the top level: a subtest belongs to its test. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** The skipped tests' names, with the reason where the runner prints it. */
  readonly skips: readonly string[];
}

/** Nothing happened. */
export const NO_TESTS: Tally = { passed: 0, failed: 0, skipped: 0, skips: [] };

/** A TAP test point at the top level: Node's, and Deno's where it is asked for. */
const TAP = /^(?<not>not )?ok \d+ - (?<name>.*?)(?: # (?<directive>SKIP|TODO)\b ?(?<reason>.*))?$/;

/** Deno's lines for people, at the top level; its TAP hides messages in escaped JSON. */
const DENO = /^(?<name>\S.*?) \.\.\. (?<state>ok|FAILED|ignored|cancelled)(?: \(.*\))?$/;

/** What Deno says in the middle of the line of a test that takes long. */
const DENO_SLOW = /'[^\n]*' has been running for over \([^)\n]*\)\r?\n/g;

/** Bun's lines. */
const BUN = /^\((?<state>pass|fail|skip|todo)\) (?<name>.*?)(?: \[[\d.]+\s*[a-zµ]+\])?$/;

/** Adds up. */
export function addTallies(tallies: Iterable<Tally>): Tally {
  let [passed, failed, skipped] = [0, 0, 0];
  const skips: string[] = [];
  for (const tally of tallies) {
    passed += tally.passed;
    failed += tally.failed;
    skipped += tally.skipped;
    skips.push(...tally.skips);
  }
  return { passed, failed, skipped, skips };
}

/** The closing line: `N passed, N failed`, with `, N skipped` where any were. */
export function formatTally({ passed, failed, skipped }: Tally): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

/** What the runners call it when a test was left out or did not pass. */
const SKIPPED = new Set(["skip", "todo", "ignored", "SKIP", "TODO"]);
const FAILED = new Set(["fail", "FAILED", "cancelled", "not "]);

/** Counts the tests in a runner's output, whichever of the three forms it has. */
export function readTally(output: string): Tally {
  let [passed, failed] = [0, 0];
  const skips: string[] = [];
  for (const line of output.replace(DENO_SLOW, "").split(/\r?\n/)) {
    const found = (TAP.exec(line) ?? BUN.exec(line) ?? DENO.exec(line))?.groups;
    const name = found?.["name"];
    if (name === undefined || isFile(name)) continue;
    const state = found?.["directive"] ?? found?.["not"] ?? found?.["state"] ?? "ok";
    if (SKIPPED.has(state)) skips.push(found?.["reason"] ? `${name}: ${found["reason"]}` : name);
    else if (FAILED.has(state)) failed++;
    else passed++;
  }
  return { passed, failed, skipped: skips.length, skips };
}

/** Node reports a file without tests as one test that is named after the file. */
function isFile(name: string): boolean {
  return /^(?:\/|[A-Za-z]:).*_test\.mjs$/.test(name.replaceAll("\\", "/"));
}
