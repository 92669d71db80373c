/** Parses a command line by the options of its command. */

import { suggest } from "../output/suggest.ts";
import { UsageError } from "../usage_error.ts";
import type { GivenValues, Option } from "./option.ts";
import { splitArguments } from "./split_arguments.ts";

/** What {@linkcode parseArguments} needs of a command. */
export interface ArgumentRules {
  /** The command's name. */
  readonly name: string;
  /** By flag, without the dashes. */
  readonly options: ReadonlyMap<string, Option>;
}

/** A parsed command line. */
export interface Arguments {
  readonly operands: readonly string[];
  /** The options' values as text. */
  readonly given: GivenValues;
}

/**
 * Reads the arguments that follow a command's name.
 *
 * @param others Commands that an option may have been meant for.
 * @throws {UsageError} that names the option or operand at fault.
 */
export function parseArguments(
  rules: ArgumentRules,
  args: readonly string[],
  others: readonly ArgumentRules[] = [],
): Arguments {
  const { options } = rules;
  const operands: string[] = [];
  const given = new Map<string, (string | undefined)[]>();
  for (const argument of splitArguments(args, options)) {
    if (argument.kind === "operand") {
      operands.push(argument.value);
      continue;
    }
    const { name, written, value, isInline } = argument;
    const option = options.get(name);
    if (option === undefined) throw unknownOption(written, rules, others);
    checkValue(name, option, value, isInline);
    const known = given.get(name);
    if (known === undefined) given.set(name, [value]);
    else if (option.many) known.push(value);
    else if (option.value !== undefined) {
      throw new UsageError(`Cannot use --${name} more than once`);
    }
  }
  return { operands, given };
}

function checkValue(
  flag: string,
  option: Option,
  value: string | undefined,
  isInline: boolean,
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
  if (!isInline && /^-[^\s]+$/.test(value)) {
    throw new UsageError(
      `Cannot use --${flag}: it needs a value before ${value}, or --${flag}=${value} if that is the value`,
    );
  }
}

/** Options of version 3.0.0 that have another name now, with that name. */
const RENAMED: ReadonlyMap<string, string> = new Map([["retries", "retry-for DURATION"]]);

function unknownOption(
  written: string,
  { name, options }: ArgumentRules,
  others: readonly ArgumentRules[],
): UsageError {
  const flag = written.replace(/^-+/, "");
  const owner = others.find(({ options }) => options.has(flag));
  const close = suggest(flag, options.keys());
  const renamed = RENAMED.get(flag);
  const hint = renamed !== undefined
    ? `; it is --${renamed} now`
    : owner !== undefined
    ? `; "${owner.name}" has it`
    : close === undefined
    ? ""
    : `; did you mean --${close}?`;
  return new UsageError(`Cannot use ${written}: "${name}" has no such option${hint}`);
}
