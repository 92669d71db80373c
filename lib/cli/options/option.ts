/**
 * Options of the command: a table of names, help and parsers, and a reader for it. A forgotten part does not compile: a value needs a parser,
 * and the reader must return the options that it did not use, of which there must be none.
 */

import { UsageError } from "../usage_error.ts";

/** An option. Its name is its key in the table, in camelCase: `dryRun` is `--dry-run`. */
export interface Option<Value = unknown> {
  /** Short form, one letter. */
  readonly short?: string;
  /** Name of its value in the help; absent for a switch. */
  readonly value?: string;
  /** Whether its value may be left out; then it is given only after `=`. */
  readonly isOptional?: boolean;
  /** Whether it may be given more than once. */
  readonly many?: boolean;
  /** What it does, in a few words. */
  readonly about: string;
  /** All possible values, for completion. */
  readonly choices?: readonly string[];
  /**
   * Parses all given values, in order; undefined stands for one that was left out.
   *
   * @throws {Error} for a bad value; the caller adds the option's name.
   */
  readonly parse: (given: readonly (string | undefined)[]) => Value;
}

/** The definition of an option with a value. */
export interface OptionWords<Value> extends Pick<Option, "short" | "about"> {
  /** Name of the value in the help. */
  readonly value: string;
  /** Parses one value; throws a plain error for a bad one. */
  readonly parse: ValueParser<Value>;
}

/** Parses a value, and may list all possible ones. */
export interface ValueParser<Value> {
  (text: string): Value;
  readonly choices?: readonly string[];
}

/** A switch: true if it was given. */
export function flag(words: Pick<Option, "short" | "about">): Option<boolean> {
  return { ...words, parse: (given) => given.length > 0 };
}

/** An option that is given once; undefined if it was not. */
export function single<Value>(words: OptionWords<Value>): Option<Value | undefined> {
  const { parse, ...others } = words;
  return {
    ...others,
    ...choicesOf(parse),
    parse: ([text]) => text === undefined ? undefined : parse(text),
  };
}

/** An option that may be given more than once. */
export function repeated<Value>(words: OptionWords<Value>): Option<readonly Value[]> {
  const { parse } = words;
  return {
    ...merged({ ...words, parse: (texts) => texts.map((text) => parse(text)) }),
    ...choicesOf(parse),
  };
}

function choicesOf(parse: ValueParser<unknown> | undefined): Pick<Option, "choices"> {
  return parse?.choices === undefined ? {} : { choices: parse.choices };
}

/** An option that may be given more than once, whose values are merged. */
export function merged<Value>(
  words: Omit<OptionWords<Value>, "parse"> & {
    readonly parse: (texts: readonly string[]) => Value;
  },
): Option<Value> {
  const { parse, ...others } = words;
  const isText = (text: string | undefined): text is string => text !== undefined;
  return { ...others, many: true, parse: (given) => parse(given.filter(isText)) };
}

/** An option whose value may be left out, and is given only after `=`: `--name` or `--name=VALUE`. */
export function optional<Value>(
  words: OptionWords<Value> & {
    /** Its value if none is given. */
    readonly bare: Value;
  },
): Option<Value | undefined> {
  const { parse, bare, ...others } = words;
  return {
    ...others,
    ...choicesOf(parse),
    isOptional: true,
    parse: (given) => {
      if (given.length === 0) return undefined;
      const [text] = given;
      return text === undefined ? bare : parse(text);
    },
  };
}

/** The same for an option that may be given more than once: true if it was given without a value, else its values. */
export function optionalList<Value>(
  words: OptionWords<Value>,
): Option<true | readonly Value[]> {
  const { parse, ...others } = words;
  return {
    ...others,
    ...choicesOf(parse),
    isOptional: true,
    many: true,
    parse: (given) => {
      const values: Value[] = [];
      for (const text of given) {
        if (text === undefined) return true;
        values.push(parse(text));
      }
      return values;
    },
  };
}

/** Options by their names in camelCase. */
export type OptionTable = Readonly<Record<string, Option>>;

/** The parsed values of a table of options. */
export type Values<Options> = {
  readonly [Name in keyof Options]: Options[Name] extends Option<infer Value> ? Value : never;
};

/** An empty object: all options were used. */
export type NoneLeft = Readonly<Record<string, never>>;

/** What a reader returns. */
export interface Reading<Result> {
  readonly result: Result;
  /** The options that the reader did not use, of which there must be none. */
  readonly unread: NoneLeft;
}

/** The given values by flag, without the dashes. */
export type GivenValues = ReadonlyMap<string, readonly (string | undefined)[]>;

/** Options that belong together, with their reader. */
export interface OptionGroup<Context extends readonly unknown[], Result> {
  /** The heading in the help. Groups may share it. */
  readonly title: string;
  /** Options by flag, without the dashes. */
  readonly options: ReadonlyMap<string, Option>;
  /**
   * Parses the values.
   *
   * @returns the reader for them.
   * @throws {UsageError} that names the option with a bad value.
   */
  readonly parse: (given: GivenValues) => (...context: Context) => Result;
}

/**
 * Makes a group.
 *
 * @param read Makes a result of the options, as in `({ json, ...unread }) => ({ result: json, unread })`.
 */
export function optionGroup<
  const Options extends OptionTable,
  Context extends readonly unknown[],
  Result,
>(
  title: string,
  options: Options,
  read: (values: Values<Options>, ...context: Context) => Reading<Result>,
): OptionGroup<Context, Result> {
  const byFlag = new Map(Object.entries(options).map(([name, option]) => [flagOf(name), option]));
  return {
    title,
    options: byFlag,
    parse: (given) => {
      const values = Object.fromEntries(
        Object.entries(options).map(([name, { parse }]) => {
          const flag = flagOf(name);
          return [name, parseValue(flag, () => parse(given.get(flag) ?? []))];
        }),
      ) as Values<Options>;
      return (...context) => read(values, ...context).result;
    },
  };
}

/**
 * Parses the value of an option.
 *
 * @param flag Name of the option, without the dashes.
 * @throws {UsageError} for a bad value.
 */
export function parseValue<Value>(flag: string, parse: () => Value): Value {
  try {
    return parse();
  } catch (error) {
    throw badValue(flag, error);
  }
}

/** The error for an option with a bad value. */
export function badValue(flag: string, error: unknown): UsageError {
  const reason = error instanceof Error ? error.message : String(error);
  return new UsageError(`Cannot use --${flag}: ${reason}`, { cause: error });
}

/** `dry-run` for `dryRun`. */
function flagOf(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
