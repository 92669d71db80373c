/**
 * `deno task test`: runs every test file on Deno, Bun and Node, then the end-to-end tests. The machine only needs Node and npm; tests that
 * need a missing program are skipped and named. The last line is `N passed, N failed`.
 *
 * Arguments narrow it down: `deno task test tar registry/upload` runs the files whose path holds one of the words,
 * and `--on=bun,node` chooses among deno, bun, node and whole (end-to-end tests). `--long` adds tests that take long, and runs those of
 * container engines with the engines that `scripts/engines/fetch.ts` has put into the directory named by `APPENDLAYER_ENGINES`.
 */

import { findTests, runTests } from "./test_runner.ts";
import { formatTally } from "./junit.ts";
import { say } from "./run.ts";

async function main(args: readonly string[]): Promise<number> {
  const on = args.find((arg) => arg.startsWith("--on="))?.slice("--on=".length).split(",");
  const words = args.filter((arg) => !arg.startsWith("--"));
  const files = (await findTests()).filter((file) =>
    words.length === 0 || words.some((word) => file.includes(word))
  );
  const tally = await runTests(files, { on, long: args.includes("--long") });
  say(formatTally(tally));
  return tally.failed === 0 ? 0 : 1;
}

if (import.meta.main) {
  main(Deno.args).then((code) => Deno.exitCode = code);
}
