/** Reads a command line against the table of its command. */

import { builtin } from "../../host/builtin.ts";
import { type Command, type Option, optionsOf } from "../commands/command.ts";
import { suggest } from "../output/suggest.ts";
import { UsageError } from "../usage_error.ts";

/** A command line that was read. */
export class Arguments {
  readonly operands: readonly string[];
  readonly #values: ReadonlyMap<string, readonly string[]>;

  constructor(operands: readonly string[], values: ReadonlyMap<string, readonly string[]>) {
    this.operands = operands;
    this.#values = values;
  }

  /** Whether an option was given. */
  has(name: string): boolean {
    return this.#values.has(name);
  }

  /** The value of an option, or undefined if it was not given. */
  text(name: string): string | undefined {
    return this.#values.get(name)?.at(-1);
  }

  /** All values of an option, in order. */
  all(name: string): readonly string[] {
    return this.#values.get(name) ?? [];
  }

  /**
   * The value of an option, read by a function that throws a plain error for a bad one.
   *
   * @throws {UsageError} that names the option.
   */
  parsed<Value>(name: string, parse: (text: string) => Value): Value | undefined {
    const text = this.text(name);
    return text === undefined ? undefined : readValue(name, text, parse);
  }

  /** All values of an option, each read by a function. */
  allParsed<Value>(name: string, parse: (text: string) => Value): Value[] {
    return this.all(name).map((text) => readValue(name, text, parse));
  }
}

function readValue<Value>(name: string, text: string, parse: (text: string) => Value): Value {
  try {
    return parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`Cannot use --${name}: ${reason}`, { cause: error });
  }
}

/**
 * Reads the arguments that follow a command's name.
 *
 * @throws {UsageError} that names the option or operand at fault.
 */
export function parseArguments(command: Command, args: readonly string[]): Arguments {
  const options = optionsOf(command);
  const { tokens } = builtin("node:util").parseArgs({
    args: [...args],
    options: Object.fromEntries([...options].map(([name, option]) => [name, tokenRule(option)])),
    // Strict by hand, below: its own messages differ from runtime to runtime, and suggest nothing.
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const operands: string[] = [];
  const values = new Map<string, string[]>();
  for (const token of tokens) {
    if (token.kind === "positional") operands.push(token.value);
    if (token.kind !== "option") continue;
    const option = options.get(token.name);
    if (option === undefined) throw unknownOption(token.rawName, command, options);
    const value = checkValue(option, token.value, token.inlineValue ?? false);
    const known = values.get(option.name);
    if (known === undefined) values.set(option.name, [value]);
    else if (option.many) known.push(value);
    else if (option.value !== undefined) {
      throw new UsageError(`Cannot use --${option.name} more than once`);
    }
  }
  return new Arguments(operands, values);
}

function tokenRule(option: Option): { type: "string" | "boolean"; short?: string } {
  const type = option.value === undefined ? "boolean" : "string";
  return option.short === undefined ? { type } : { type, short: option.short };
}

function checkValue(option: Option, value: string | undefined, inline: boolean): string {
  if (option.value === undefined) {
    if (value === undefined) return "";
    throw new UsageError(`Cannot use --${option.name}=${value}: it takes no value`);
  }
  if (value === undefined) {
    throw new UsageError(
      `Cannot use --${option.name}: it needs a value, --${option.name} ${option.value}`,
    );
  }
  // A lone "-" is standard input; and no option has a blank in it.
  if (!inline && /^-[^\s]+$/.test(value)) {
    throw new UsageError(
      `Cannot use --${option.name}: it needs a value before ${value}, or --${option.name}=${value} if that is the value`,
    );
  }
  return value;
}

function unknownOption(
  rawName: string,
  command: Command,
  options: ReadonlyMap<string, Option>,
): UsageError {
  const close = suggest(rawName.replace(/^-+/, ""), options.keys());
  return new UsageError(
    `Cannot use ${rawName}: "${command.name}" has no such option${
      close === undefined ? "" : `; did you mean --${close}?`
    }`,
  );
}
