import assert from "node:assert/strict";
import { test } from "node:test";
import { parseArgs } from "node:util";
import { flag, type Option, optional, single } from "../../../lib/cli/options/option.ts";
import { splitArguments } from "../../../lib/cli/options/split_arguments.ts";
import { parseText } from "../../../lib/cli/options/values.ts";
import { createRandom } from "../../random.ts";

const OPTIONS: ReadonlyMap<string, Option> = new Map<string, Option>([
  ["quiet", flag({ short: "q", about: "" })],
  ["verbose", flag({ short: "v", about: "" })],
  ["user", single({ short: "u", value: "NAME", about: "", parse: parseText })],
  ["env", single({ value: "K=V", about: "", parse: parseText })],
  ["read-base", optional({ value: "HOW", about: "", bare: "all", parse: parseText })],
]);

/** The same by `node:util`. */
function byNode(args: string[]): unknown[] {
  const rules = [...OPTIONS].map(([name, { value, isOptional, short }]) => {
    const type: "boolean" | "string" = value === undefined || isOptional ? "boolean" : "string";
    return [name, { type, ...(short === undefined ? {} : { short }) }] as const;
  });
  const options = Object.fromEntries(rules);
  const { tokens } = parseArgs({
    args,
    options,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  return tokens.flatMap((token): unknown[] => {
    if (token.kind === "option-terminator") return [];
    if (token.kind === "positional") return [{ kind: "operand", value: token.value }];
    const { name, rawName: written, value, inlineValue: isInline = false } = token;
    return [{ kind: "option", name, written, value, isInline }];
  });
}

const WORDS = [
  ...["-", "--", "a", "", "-q", "-vq", "-u", "-uann", "-qu", "-quann", "-x", "-qx", "-xu", "-u=a"],
  ...["--quiet", "--quiet=1", "--user", "--user=", "--user=a=b", "--env", "--env=-", "--=", "--=a"],
  ...["--read-base", "--read-base=none", "--unknown", "--unknown=1", "---", "--q", "--__proto__"],
];

test("splitArguments() reads command lines as parseArgs() of node:util does", () => {
  const random = createRandom();
  for (let turn = 0; turn < 3_000; turn++) {
    const args = Array.from({ length: random.integer(6) }, () => random.pick(WORDS));
    assert.deepEqual(
      [...splitArguments(args, OPTIONS)],
      byNode(args),
      `${JSON.stringify(args)}, seed ${random.seed}`,
    );
  }
});
