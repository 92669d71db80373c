/** Reads the JUnit reports of the three test runners. */

/** A test that was skipped. */
export interface Skip {
  readonly name: string;
  /** The reason, which only Node's runner reports. */
  readonly reason?: string;
}

/** The results of tests, counted at the top level: a subtest belongs to its test. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skips: readonly Skip[];
}

/** The tally of no tests. */
export const NO_TESTS: Tally = { passed: 0, failed: 0, skips: [] };

/** Adds tallies. */
export function addTallies(tallies: Iterable<Tally>): Tally {
  let [passed, failed] = [0, 0];
  const skips: Skip[] = [];
  for (const tally of tallies) {
    passed += tally.passed;
    failed += tally.failed;
    skips.push(...tally.skips);
  }
  return { passed, failed, skips };
}

/** Formats a tally: `N passed, N failed`, with `, N skipped` if there are any. */
export function formatTally({ passed, failed, skips }: Tally): string {
  return `${passed} passed, ${failed} failed${skips.length > 0 ? `, ${skips.length} skipped` : ""}`;
}

/** An opening or closing tag. Node leaves `>` in attributes as it is. */
const TAG = /<(?<end>\/?)(?<tag>[a-z]+)(?<attributes>(?:\s+[\w:-]+="[^"]*")*)\s*(?<empty>\/?)>/g;
const COMMENT = /<!--[^]*?-->/g;

/** A test in a report. */
interface Case {
  readonly name: string;
  state: "passed" | "failed" | "skipped";
  reason?: string;
}

/**
 * Counts the tests of a report.
 *
 * @param report The XML.
 * @param suites What the outermost suites are: files with Deno and Bun, tests that have subtests with Node.
 */
export function readJunit(report: string, suites: "files" | "tests"): Tally {
  // The depth of a top-level test below `testsuites`.
  const level = suites === "files" ? 2 : 1;
  const cases: Case[] = [];
  let depth = 0;
  for (const { groups = {} } of report.replace(COMMENT, "").matchAll(TAG)) {
    const { end, tag, attributes = "", empty } = groups;
    if (end) {
      depth--;
      continue;
    }
    const current = cases.at(-1);
    if (depth === level && (tag === "testcase" || tag === "testsuite")) {
      const failed = Number(readAttribute(attributes, "failures") ?? 0) > 0;
      const name = readAttribute(attributes, "name") ?? "";
      cases.push({ name, state: tag === "testsuite" && failed ? "failed" : "passed" });
    } else if (depth === level + 1 && current !== undefined) {
      if (tag === "failure" || tag === "error") current.state = "failed";
      else if (tag === "skipped") {
        current.state = "skipped";
        const reason = readAttribute(attributes, "message");
        // Node writes "true" if no reason was given.
        if (reason !== undefined && reason !== "true") current.reason = reason;
      }
    }
    if (!empty) depth++;
  }
  return countCases(suites === "files" ? withoutSteps(cases) : cases);
}

/** Removes subtests, which Deno lists like tests, as `TEST > SUBTEST`. */
function withoutSteps(cases: readonly Case[]): readonly Case[] {
  const names = new Set(cases.map(({ name }) => name));
  return cases.filter(({ name }) => {
    for (let at = name.indexOf(" > "); at >= 0; at = name.indexOf(" > ", at + 1)) {
      if (names.has(name.slice(0, at))) return false;
    }
    return true;
  });
}

function countCases(cases: readonly Case[]): Tally {
  const count = (wanted: Case["state"]): number =>
    cases.filter(({ state }) => state === wanted).length;
  const skips = cases.filter(({ state }) => state === "skipped");
  return {
    passed: count("passed"),
    failed: count("failed"),
    skips: skips.map(({ name, reason }) => ({ name, ...(reason !== undefined && { reason }) })),
  };
}

const ENTITIES: Readonly<Record<string, string>> = { lt: "<", gt: ">", quot: '"', apos: "'" };

function readAttribute(attributes: string, name: string): string | undefined {
  const value = new RegExp(`\\s${name}="([^"]*)"`).exec(attributes)?.[1];
  // Ampersands first, since Node escapes twice.
  return value?.replaceAll("&amp;", "&")
    .replace(/&(lt|gt|quot|apos);/g, (whole, entity: string) => ENTITIES[entity] ?? whole)
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)));
}
