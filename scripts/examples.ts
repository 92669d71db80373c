/** Tests the examples in docstrings, in the README and in docs/: that every function and class has one, and that they run. */

import { ENTRIES } from "./entries.ts";
import { readJunit, type Tally } from "./junit.ts";
import { run, say } from "./run.ts";

const DENO = Deno.execPath();
const FILES = ["mod.ts", "README.md", "docs", "lib"];

/** The kinds of exports that need an example. Types are shown in the examples of the functions that take them. */
const WITH_EXAMPLES: ReadonlySet<string> = new Set(["function", "class"]);

/**
 * Type-checks all examples, and runs all except those marked `no-eval`, which need a real registry.
 *
 * @returns the tally of the examples that were run; an export without an example counts as failed.
 */
export async function testExamples(): Promise<Tally> {
  const missing = await findMissing();
  for (const name of missing) say(`FAILED  ${name} has no example`);
  const tally = await runExamples();
  return { ...tally, failed: tally.failed + missing.length };
}

async function runExamples(): Promise<Tally> {
  const root = Deno.cwd();
  const examples = await findExamples(FILES);
  const directory = await Deno.makeTempDir();
  // Examples read the directory `site` and leave images behind.
  await Deno.mkdir(`${directory}/site`);
  await Deno.writeTextFile(`${directory}/site/index.html`, "<h1>Hello</h1>\n");
  const report = `${directory}/report.xml`;
  const { code, output } = await run(
    [
      DENO,
      "test",
      "--doc",
      "--quiet",
      "--allow-all",
      `--config=${root}/deno.json`,
      "--reporter=dot",
      `--junit-path=${report}`,
      `--filter=/(?:${examples.join("|")})-/`,
      ...FILES.map((file) => `${root}/${file}`),
    ],
    { env: { NO_COLOR: "1" }, cwd: directory },
  );
  // Examples that the filter leaves out are reported as skipped, but they are only meant to be checked.
  const tally = { ...readJunit(await Deno.readTextFile(report), "files"), skips: [] };
  await Deno.remove(directory, { recursive: true });
  if (code !== 0) say(output.trimEnd());
  return code === 0 || tally.failed > 0 ? tally : { ...tally, failed: 1 };
}

/** The examples that are to be run, by Deno's names for them, `FILE#LINE`, escaped for a regular expression. */
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

interface Documented {
  readonly name: string;
  readonly declarations: readonly {
    readonly kind: string;
    readonly jsDoc?: { readonly tags?: readonly { readonly kind: string }[] };
  }[];
}

/** Functions and classes of the entries that have no example, as `entry: name`. */
async function findMissing(): Promise<string[]> {
  const missing: string[] = [];
  for (const { name: entry, path } of ENTRIES) {
    const { stdout } = await run([DENO, "doc", "--json", path]);
    const modules: Record<string, { symbols: Documented[] }> = JSON.parse(stdout).nodes;
    for (const { name, declarations } of Object.values(modules).flatMap(({ symbols }) => symbols)) {
      const wanted = declarations.filter(({ kind }) => WITH_EXAMPLES.has(kind));
      const has = wanted.some(({ jsDoc }) => jsDoc?.tags?.some(({ kind }) => kind === "example"));
      if (wanted.length > 0 && !has) missing.push(`${entry || "the main entry"}: ${name}`);
    }
  }
  return missing;
}
