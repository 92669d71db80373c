/** Reads a command line against the options of its command. */

import { builtin } from "../../host/builtin.ts";
import { suggest } from "../output/suggest.ts";
import { UsageError } from "../usage_error.ts";
import type { GivenValues, Option } from "./option.ts";

/** What {@linkcode parseArguments} needs of a command. */
export interface ArgumentRules {
  /** The command's name. */
  readonly name: string;
  /** By flag, without the dashes. */
  readonly options: ReadonlyMap<string, Option>;
}

/** A command line that was read. */
export interface Arguments {
  readonly operands: readonly string[];
  /** The options' values as text. */
  readonly given: GivenValues;
}

/**
 * Reads the arguments that follow a command's name.
 *
 * @throws {UsageError} that names the option or operand at fault.
 */
export function parseArguments(rules: ArgumentRules, args: readonly string[]): Arguments {
  const { options } = rules;
  const { tokens } = builtin("node:util").parseArgs({
    args: [...args],
    options: Object.fromEntries([...options].map(([flag, option]) => [flag, tokenRule(option)])),
    // Strict by hand, below: its own messages differ from runtime to runtime, and suggest nothing.
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const operands: string[] = [];
  const given = new Map<string, (string | undefined)[]>();
  for (const token of tokens) {
    if (token.kind === "positional") operands.push(token.value);
    if (token.kind !== "option") continue;
    const { name, rawName } = token;
    const option = options.get(name);
    if (option === undefined) throw unknownOption(rawName, rules);
    checkValue(name, option, token.value, token.inlineValue ?? false);
    const known = given.get(name);
    if (known === undefined) given.set(name, [token.value]);
    else if (option.many) known.push(token.value);
    else if (option.value !== undefined) {
      throw new UsageError(`Cannot use --${name} more than once`);
    }
  }
  return { operands, given };
}

function tokenRule(option: Option): { type: "string" | "boolean"; short?: string } {
  // A switch's value can only be given after "=", and so can one that may be left out.
  const type = option.value === undefined || option.isOptional ? "boolean" : "string";
  return option.short === undefined ? { type } : { type, short: option.short };
}

function checkValue(
  flag: string,
  option: Option,
  value: string | undefined,
  inline: boolean,
): void {
  if (option.value === undefined) {
    if (value === undefined) return;
    throw new UsageError(`Cannot use --${flag}=${value}: it takes no value`);
  }
  if (value === undefined) {
    if (option.isOptional) return;
    throw new UsageError(`Cannot use --${flag}: it needs a value, --${flag} ${option.value}`);
  }
  // A lone "-" is standard input; and no option has a blank in it.
  if (!inline && /^-[^\s]+$/.test(value)) {
    throw new UsageError(
      `Cannot use --${flag}: it needs a value before ${value}, or --${flag}=${value} if that is the value`,
    );
  }
}

function unknownOption(rawName: string, { name, options }: ArgumentRules): UsageError {
  const close = suggest(rawName.replace(/^-+/, ""), options.keys());
  return new UsageError(
    `Cannot use ${rawName}: "${name}" has no such option${
      close === undefined ? "" : `; did you mean --${close}?`
    }`,
  );
}
