/** The definition of a command, by which its arguments are parsed and its help is written. */

import { HELP_OPTIONS } from "../options/help_options.ts";
import type { NoneLeft, Option, OptionGroup } from "../options/option.ts";
import type { Arguments } from "../options/parse_arguments.ts";
import { PROGRESS_OPTIONS, VERBOSITY_OPTIONS } from "../options/verbosity_options.ts";
import type { Session } from "./session.ts";

/** A command's texts and its operands. */
export interface CommandWords {
  readonly name: string;
  /** What it does, in one line. */
  readonly about: string;
  /** Ways to call it, without the program's name. */
  readonly usage: readonly string[];
  /** A paragraph or two for the help. */
  readonly detail: string;
  readonly examples: readonly string[];
  /**
   * The flags that its short help shows, in any order, for at most 40 lines of help.
   *
   * @default all, or as many groups as fit
   */
  readonly common?: readonly string[];
  /** The numbers of operands that it takes. */
  readonly operands: readonly number[];
  /** Whether it takes any number above those, too. */
  readonly mayTakeMore?: boolean;
  /** Whether it transfers blobs, so that progress is shown. */
  readonly movesBlobs?: boolean;
}

/** A command of the program. */
export interface Command extends CommandWords {
  /** In the order of the help. */
  readonly groups: readonly CommandGroup[];
  /** All options by flag, without the dashes. */
  readonly options: ReadonlyMap<string, Option>;
  /**
   * Runs the command.
   *
   * @throws {UsageError} if an option has a bad value.
   */
  readonly run: (args: Arguments, session: Session) => Promise<void>;
}

/** A group of options of any type. */
export type CommandGroup = OptionGroup<never, unknown>;

type GroupTable = Readonly<Record<string, CommandGroup>>;

/** The arguments of a command's `run`: its operands, and the reader of each group. */
export type Readers<Groups> =
  & { readonly operands: readonly string[] }
  & {
    readonly [Name in keyof Groups]: Groups[Name] extends OptionGroup<infer Context, infer Result>
      ? (...context: Context) => Result
      : never;
  };

/** A command as it is defined. */
export interface CommandDefinition<Groups> extends CommandWords {
  /** In the order of the help, without the groups that every command has. */
  readonly groups: Groups;
  /** Runs the command. Returns the groups that it did not use: there must be none, or it does not compile. */
  readonly run: (readers: Readers<Groups>, session: Session) => Promise<NoneLeft>;
}

/** Makes a command. */
export function command<const Groups extends GroupTable>(
  { groups, run, ...words }: CommandDefinition<Groups>,
): Command {
  const all: readonly CommandGroup[] = [
    ...Object.values(groups),
    ...words.movesBlobs ? [PROGRESS_OPTIONS] : [],
    VERBOSITY_OPTIONS,
    HELP_OPTIONS,
  ];
  return {
    ...words,
    groups: all,
    options: new Map(all.flatMap(({ options }) => [...options])),
    run: async ({ operands, given }, session) => {
      const readers = Object.entries(groups).map(([name, { parse }]) => [name, parse(given)]);
      await run({ operands, ...Object.fromEntries(readers) } as Readers<Groups>, session);
    },
  };
}
