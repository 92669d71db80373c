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

/** A TAP test point at the top level: Deno's and Node's `--reporter=tap`. */
const TAP = /^(?<not>not )?ok \d+ - (?<name>.*?)(?: # (?<directive>SKIP|TODO)\b ?(?<reason>.*))?$/;

/** Bun's lines; it has no TAP. */
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

/** Counts the tests in a runner's output, whichever of the two forms it has. */
export function readTally(output: string): Tally {
  let [passed, failed] = [0, 0];
  const skips: string[] = [];
  for (const line of output.split(/\r?\n/)) {
    const tap = TAP.exec(line)?.groups;
    const bun = BUN.exec(line)?.groups;
    const name = (tap ?? bun)?.["name"];
    if (name === undefined || isFile(name)) continue;
    const state = bun?.["state"];
    if (tap?.["directive"] !== undefined || state === "skip" || state === "todo") {
      skips.push(tap?.["reason"] ? `${name}: ${tap["reason"]}` : name);
    } else if (tap?.["not"] !== undefined || state === "fail") failed++;
    else passed++;
  }
  return { passed, failed, skipped: skips.length, skips };
}

/** Node reports a file without tests as one test that is named after the file. */
function isFile(name: string): boolean {
  return /^(?:\/|[A-Za-z]:).*_test\.mjs$/.test(name.replaceAll("\\", "/"));
}
