/** Checks V8's coverage of `lib/`, `mod.ts` and `cli.ts` against thresholds. */

import { run, say } from "./run.ts";

/** The shares of lines and branches that have to be covered, 0 to 1. */
interface Threshold {
  readonly lines: number;
  readonly branches: number;
}

const OVERALL: Threshold = { lines: 0.95, branches: 0.9 };
/** The rooms of pure functions, whose mistakes would end up in images. */
const PURE = /^lib\/(?:oci|tar)\//;
/** The threshold for each file of these rooms. */
const OF_PURE: Threshold = { lines: 1, branches: 0.95 };

/** The coverage of one file, from an lcov report. */
export interface FileCoverage {
  /** The path from the project's root, with `/`. */
  readonly path: string;
  readonly lines: readonly [hit: number, found: number];
  readonly branches: readonly [hit: number, found: number];
  /** The numbers of the lines that were not run. */
  readonly missed: readonly number[];
  /** The numbers of the lines with a branch that was not taken. */
  readonly untaken: readonly number[];
}

/**
 * Reads an lcov report.
 *
 * @param report The text.
 * @param root The project's root as the report spells it, with a trailing `/`.
 */
export function readLcov(report: string, root: string): FileCoverage[] {
  return report.split("end_of_record").flatMap((record) => {
    const path = /^SF:(.*)$/m.exec(record)?.[1]?.replaceAll("\\", "/");
    if (path === undefined) return [];
    const count = (name: string): number =>
      Number(new RegExp(`^${name}:(\\d+)`, "m").exec(record)?.[1] ?? 0);
    return [{
      path: path.startsWith(root) ? path.slice(root.length) : path,
      lines: [count("LH"), count("LF")] as const,
      branches: [count("BRH"), count("BRF")] as const,
      missed: [...record.matchAll(/^DA:(\d+),0$/gm)].map((match) => Number(match[1])),
      untaken: [...record.matchAll(/^BRDA:(\d+),\d+,\d+,[0-]$/gm)].map((match) => Number(match[1])),
    }];
  });
}

/** Lists the files that miss a threshold. */
export function findShortfalls(files: readonly FileCoverage[]): string[] {
  const shortfalls: string[] = [];
  const measure = (kind: "lines" | "branches"): void => {
    const hit = files.reduce((sum, file) => sum + file[kind][0], 0);
    const found = files.reduce((sum, file) => sum + file[kind][1], 0);
    const share = found === 0 ? 1 : hit / found;
    if (share < OVERALL[kind]) {
      shortfalls.push(
        `${percent(share)} of all ${kind}, at least ${percent(OVERALL[kind])} wanted`,
      );
    }
  };
  measure("lines");
  measure("branches");
  for (const { path, lines, branches, missed, untaken } of files) {
    if (!PURE.test(path)) continue;
    if (lines[0] < lines[1] * OF_PURE.lines) {
      shortfalls.push(`${path}: lines ${listRanges(missed)} not reached`);
    } else if (branches[0] < branches[1] * OF_PURE.branches) {
      shortfalls.push(
        `${path}: ${percent(branches[0] / branches[1])} of its branches, at least ${
          percent(OF_PURE.branches)
        } wanted: lines ${listRanges(untaken)}`,
      );
    }
  }
  return shortfalls;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

/** Loads every module of the product once, so that a file that no test imports counts as not covered. */
async function loadAll(directory: string): Promise<void> {
  const modules = ["mod.ts"];
  async function walk(folder: string): Promise<void> {
    for await (const entry of Deno.readDir(folder)) {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory) await walk(path);
      else if (path.endsWith(".ts")) modules.push(path);
    }
  }
  await walk("lib");
  const loader = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    const urls = modules.map((path) => new URL(path, `file://${Deno.cwd()}/`).href);
    await Deno.writeTextFile(
      loader,
      urls.map((url) => `import ${JSON.stringify(url)};\n`).join(""),
    );
    // With the project's configuration: with another one Deno would transpile again, and lose the sources that coverage refers to.
    const load = [
      "run",
      "-A",
      "--no-check",
      "--config=deno.json",
      `--coverage=${directory}`,
      loader,
    ];
    const { code, output } = await run([Deno.execPath(), ...load]);
    if (code !== 0) throw new Error(`Cannot load every module: ${output.trim()}`);
  } finally {
    await Deno.remove(loader);
  }
}

/** Prints a line for every file that is not fully covered, and returns the files that miss a threshold. */
export async function checkCoverage(directory: string): Promise<string[]> {
  await loadAll(directory);
  const { code, stdout, output } = await run([
    Deno.execPath(),
    "coverage",
    "--quiet",
    "--lcov",
    `--include=^file://${Deno.cwd()}/(?:lib/|mod\\.ts|cli\\.ts)`,
    directory,
  ]);
  if (code !== 0) return [`deno coverage: ${output.trim()}`];
  const files = readLcov(stdout, `${Deno.cwd().replaceAll("\\", "/")}/`);
  for (const { path, lines, branches, missed } of files) {
    if (lines[0] === lines[1] && branches[0] === branches[1]) continue;
    const [line, branch] = [lines, branches].map(([hit, found]) =>
      percent(found ? hit / found : 1)
    );
    say(`${path}  lines ${line}, branches ${branch}  ${listRanges(missed)}`);
  }
  return findShortfalls(files);
}

/** `1, 2, 3, 7` as `1-3 7`. */
function listRanges(numbers: readonly number[]): string {
  const ranges: [first: number, last: number][] = [];
  for (const number of numbers) {
    const range = ranges.at(-1);
    if (range !== undefined && number === range[1] + 1) range[1] = number;
    else ranges.push([number, number]);
  }
  return ranges.map(([first, last]) => first === last ? first : `${first}-${last}`).join(" ");
}

if (import.meta.main) {
  checkCoverage(Deno.args[0] ?? "coverage").then((shortfalls) => {
    for (const shortfall of shortfalls) say(shortfall);
    Deno.exitCode = shortfalls.length === 0 ? 0 : 1;
  });
}
