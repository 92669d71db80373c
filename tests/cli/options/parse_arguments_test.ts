import assert from "node:assert/strict";
import { test } from "node:test";
import { command } from "../../../lib/cli/commands/command.ts";
import {
  flag,
  type GivenValues,
  merged,
  type Option,
  optional,
  optionGroup,
  repeated,
  single,
} from "../../../lib/cli/options/option.ts";
import { parseArguments } from "../../../lib/cli/options/parse_arguments.ts";
import { parseText } from "../../../lib/cli/options/values.ts";

const TABLE = {
  json: flag({ about: "" }),
  env: repeated({ value: "K=V", about: "", parse: parseText }),
  layer: single({ value: "FILE", about: "", parse: parseText }),
  readBase: optional({ value: "HOW", about: "", bare: "all", parse: parseText }),
};
const GROUP = optionGroup("One", TABLE, ({ json, env, layer, readBase, ...unread }) => ({
  result: { json, env, layer, readBase },
  unread,
}));

/** With `--quiet` and `--verbose`, which every command has. */
const COMMAND = command({
  name: "demo",
  about: "",
  usage: [],
  detail: "",
  examples: [],
  operands: [1],
  groups: { group: GROUP },
  run: ({ operands: _operands, group: _group, ...unread }) => Promise.resolve(unread),
});

function read(args: readonly string[]): ReturnType<ReturnType<typeof GROUP.parse>> {
  return GROUP.parse(parseArguments(COMMAND, args).given)();
}

test("parseArguments() takes options before, between and after operands", () => {
  const args = ["--json", "a", "--env", "A=1", "b", "--env=B=2", "-vq"];
  const { operands, given } = parseArguments(COMMAND, args);
  assert.deepEqual(operands, ["a", "b"]);
  assert.deepEqual(read(args).env, ["A=1", "B=2"]);
  assert.ok(read(args).json && given.has("verbose") && given.has("quiet"));
  assert.equal(read(args).layer, undefined);
  assert.ok(!given.has("layer"));
});

test("parseArguments() takes everything after -- for operands", () => {
  const { operands, given } = parseArguments(COMMAND, ["--", "--json", "-x"]);
  assert.deepEqual(operands, ["--json", "-x"]);
  assert.ok(!given.has("json"));
});

test("parseArguments() takes -, values with = and values that look like words with a dash", () => {
  assert.equal(read(["--layer", "-"]).layer, "-");
  assert.equal(read(["--layer=-x"]).layer, "-x");
  assert.equal(read(["--layer", "--a b"]).layer, "--a b");
  assert.equal(read(["--layer="]).layer, "");
});

test("parseArguments() takes a switch that is repeated", () => {
  assert.ok(read(["--json", "--json"]).json);
});

test("parseArguments() takes a value that may be left out only after =", () => {
  assert.equal(read([]).readBase, undefined);
  assert.equal(read(["--read-base"]).readBase, "all");
  assert.equal(read(["--read-base=none"]).readBase, "none");
  assert.equal(read(["--read-base="]).readBase, "");
  const { operands } = parseArguments(COMMAND, ["--read-base", "none"]);
  assert.deepEqual(operands, ["none"]);
});

const INVALID: readonly [args: string[], message: string][] = [
  [["--jsn"], 'Cannot use --jsn: "demo" has no such option; did you mean --json?'],
  [
    ["--retries=4"],
    'Cannot use --retries: "demo" has no such option; it is --retry-for DURATION now',
  ],
  [["--enviroment", "a"], 'Cannot use --enviroment: "demo" has no such option'],
  [["-x"], 'Cannot use -x: "demo" has no such option'],
  [["--constructor"], 'Cannot use --constructor: "demo" has no such option'],
  [["--__proto__"], 'Cannot use --__proto__: "demo" has no such option'],
  [["--json=1"], "Cannot use --json=1: it takes no value"],
  [["--layer"], "Cannot use --layer: it needs a value, --layer FILE"],
  [
    ["--layer", "--json"],
    "Cannot use --layer: it needs a value before --json, or --layer=--json if that is the value",
  ],
  [["--layer", "a", "--layer", "b"], "Cannot use --layer more than once"],
  [["--read-base", "--read-base=all"], "Cannot use --read-base more than once"],
];

for (const [args, message] of INVALID) {
  test(`parseArguments() rejects ${args.join(" ")}`, () => {
    assert.throws(() => parseArguments(COMMAND, args), { name: "UsageError", message });
  });
}

test("optionGroup() names the option whose value cannot be read", () => {
  const fail = (text: unknown): never => {
    throw new RangeError(`expected a number, got ${text}`);
  };
  const words = { value: "N", about: "" };
  const given: GivenValues = new Map([["layer-name", ["x"]], ["env", ["a", "b"]]]);
  const parse = (options: Record<string, Option>): Record<string, unknown> =>
    // This reader takes all that there is, whatever it is.
    optionGroup("", options, (values) => ({ result: values, unread: {} })).parse(given)();
  assert.throws(() => parse({ layerName: single({ ...words, parse: fail }) }), {
    name: "UsageError",
    message: "Cannot use --layer-name: expected a number, got x",
  });
  assert.throws(() => parse({ env: repeated({ ...words, parse: fail }) }), {
    message: /^Cannot use --env: .* got a$/,
  });
  assert.deepEqual(
    parse({
      json: single({ ...words, parse: fail }),
      env: repeated({ ...words, parse: (text) => text + text }),
    }),
    { json: undefined, env: ["aa", "bb"] },
  );
  assert.deepEqual(parse({ env: merged({ ...words, parse: (texts) => texts.join("+") }) }), {
    env: "a+b",
  });
});
