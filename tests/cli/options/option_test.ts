import assert from "node:assert/strict";
import { test } from "node:test";
import { type Command, command } from "../../../lib/cli/commands/command.ts";
import { flag, type OptionGroup, optionGroup, single } from "../../../lib/cli/options/option.ts";
import { PROGRESS_OPTIONS } from "../../../lib/cli/options/verbosity_options.ts";

// The type checker is what tests these: where one of them compiles, its directive is unused, which is an error.

// @ts-expect-error An option with a value has a parser.
single({ value: "N", about: "" });

const UNREAD: OptionGroup<[], boolean> = optionGroup(
  "",
  { json: flag({ about: "" }), unread: flag({ about: "" }) },
  // @ts-expect-error The reader does not take "unread".
  ({ json, ...unread }) => ({ result: json, unread }),
);

const WORDS = { name: "x", about: "", usage: [], detail: "", examples: [], operands: [0] };

const WITHOUT_READER: Command = command({
  ...WORDS,
  groups: { progress: PROGRESS_OPTIONS },
  // @ts-expect-error The command does not take "progress".
  run: ({ operands: _operands, ...unread }) => Promise.resolve(unread),
});

// @ts-expect-error A reader hands back what it has not taken.
optionGroup("", { json: flag({ about: "" }) }, ({ json }) => ({ result: json }));

test("options and groups that are not read do not compile, and are known by name all the same", () => {
  assert.deepEqual([...UNREAD.options.keys()], ["json", "unread"]);
  assert.ok(WITHOUT_READER.options.has("progress"));
});
