/**
 * `deno task test`: runs every test file on Deno, Bun and Node, then the end-to-end tests, on a machine that has nothing
 * but Node and npm. What a test needs and the machine lacks is skipped by name. The last line is `N passed, N failed`.
 *
 * Arguments narrow it down: `deno task test tar registry/upload` runs the files whose path holds one of the words,
 * and `--on=bun,node` chooses among deno, bun, node and whole. `--long` runs what takes long, too, and today's container
 * engines where `APPENDLAYER_ENGINES` names the directory that `scripts/engines/fetch.ts` has put them into.
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
