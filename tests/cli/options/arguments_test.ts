import assert from "node:assert/strict";
import { test } from "node:test";
import { parseArguments } from "../../../lib/cli/options/arguments.ts";
import type { Command } from "../../../lib/cli/commands/command.ts";

const COMMAND: Command = {
  name: "demo",
  about: "",
  usage: [],
  detail: "",
  examples: [],
  operands: [1],
  groups: [
    {
      title: "One",
      options: [
        { name: "json", about: "" },
        { name: "verbose", short: "v", about: "" },
        { name: "quiet", short: "q", about: "" },
      ],
    },
    {
      title: "Two",
      options: [
        { name: "env", value: "K=V", many: true, about: "" },
        { name: "layer", value: "FILE", about: "" },
      ],
    },
  ],
  load: () => Promise.reject(new Error("not run")),
};

test("parseArguments() takes options before, between and after operands", () => {
  const args = parseArguments(COMMAND, ["--json", "a", "--env", "A=1", "b", "--env=B=2", "-vq"]);
  assert.deepEqual(args.operands, ["a", "b"]);
  assert.deepEqual(args.all("env"), ["A=1", "B=2"]);
  assert.ok(args.has("json") && args.has("verbose") && args.has("quiet"));
  assert.equal(args.text("layer"), undefined);
  assert.deepEqual(args.all("layer"), []);
});

test("parseArguments() takes everything after -- for operands", () => {
  const args = parseArguments(COMMAND, ["--", "--json", "-x"]);
  assert.deepEqual(args.operands, ["--json", "-x"]);
  assert.ok(!args.has("json"));
});

test("parseArguments() takes -, values with = and values that look like words with a dash", () => {
  assert.equal(parseArguments(COMMAND, ["--layer", "-"]).text("layer"), "-");
  assert.equal(parseArguments(COMMAND, ["--layer=-x"]).text("layer"), "-x");
  assert.equal(parseArguments(COMMAND, ["--layer", "--a b"]).text("layer"), "--a b");
  assert.equal(parseArguments(COMMAND, ["--layer="]).text("layer"), "");
});

test("parseArguments() takes a switch that is repeated", () => {
  assert.ok(parseArguments(COMMAND, ["--json", "--json"]).has("json"));
});

const INVALID: readonly [args: string[], message: string][] = [
  [["--jsn"], 'Cannot use --jsn: "demo" has no such option; did you mean --json?'],
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
];

for (const [args, message] of INVALID) {
  test(`parseArguments() rejects ${args.join(" ")}`, () => {
    assert.throws(() => parseArguments(COMMAND, args), { name: "UsageError", message });
  });
}

test("Arguments name the option whose value cannot be read", () => {
  const args = parseArguments(COMMAND, ["--layer", "x", "--env", "a", "--env", "b"]);
  const fail = (text: string): never => {
    throw new RangeError(`expected a number, got ${text}`);
  };
  assert.throws(() => args.parsed("layer", fail), {
    name: "UsageError",
    message: "Cannot use --layer: expected a number, got x",
  });
  assert.throws(() => args.allParsed("env", fail), { message: /^Cannot use --env: .* got a$/ });
  assert.equal(args.parsed("json", fail), undefined);
  assert.deepEqual(args.allParsed("env", (text) => text + text), ["aa", "bb"]);
});
