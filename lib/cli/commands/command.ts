/** What a command is made of: the one table from which its arguments are read and its help is written. */

import { HELP_OPTIONS } from "../options/help_options.ts";
import type { NoneLeft, Option, OptionGroup } from "../options/option.ts";
import type { Arguments } from "../options/parse_arguments.ts";
import { PROGRESS_OPTIONS, VERBOSITY_OPTIONS } from "../options/verbosity_options.ts";
import type { Session } from "./session.ts";

/** What a command is called, and what its help says. */
export interface CommandWords {
  readonly name: string;
  /** What it does, in a line. */
  readonly about: string;
  /** Ways to call it, without the program's name. */
  readonly usage: readonly string[];
  /** A paragraph or two for the help. */
  readonly detail: string;
  readonly examples: readonly string[];
  /**
   * The options that its short help shows, by flag, in any order: 40 lines in all.
   *
   * @default all, or as many groups of them as fit
   */
  readonly common?: readonly string[];
  /** The numbers of operands that it takes. */
  readonly operands: readonly number[];
  /** Whether it takes any number above those, too. */
  readonly mayTakeMore?: boolean;
  /** Whether it moves blobs, so that progress is shown. */
  readonly movesBlobs?: boolean;
}

/** A command of the program. */
export interface Command extends CommandWords {
  /** In the order of the help. */
  readonly groups: readonly CommandGroup[];
  /** All options by flag, without the dashes. */
  readonly options: ReadonlyMap<string, Option>;
  /**
   * Does its work.
   *
   * @throws {UsageError} if an option has a bad value.
   */
  readonly run: (args: Arguments, session: Session) => Promise<void>;
}

/** A group of options of any type. */
export type CommandGroup = OptionGroup<never, unknown>;

type GroupTable = Readonly<Record<string, CommandGroup>>;

/** What a command is run with: its operands, and for each of its groups the reader. */
export type Readers<Groups> =
  & { readonly operands: readonly string[] }
  & {
    readonly [Name in keyof Groups]: Groups[Name] extends OptionGroup<infer Context, infer Result>
      ? (...context: Context) => Result
      : never;
  };

/** A command as it is defined. */
export interface CommandDefinition<Groups> extends CommandWords {
  /** In the order of the help; those that every command has come by themselves. */
  readonly groups: Groups;
  /** Does its work, and hands back the groups that it did not take: none, or it does not compile. */
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
