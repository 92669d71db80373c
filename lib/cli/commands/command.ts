/** What a command is made of: the one table from which its arguments are read and its help is written. */

import type { Arguments } from "../options/arguments.ts";
import type { Session } from "./session.ts";

/** An option of a command. */
export interface Option {
  /** Without the dashes. */
  readonly name: string;
  /** One letter. */
  readonly short?: string;
  /** What the help calls its value; absent for a switch. */
  readonly value?: string;
  /** Whether it may be given more than once. */
  readonly many?: boolean;
  /** What it does, in a few words. */
  readonly about: string;
}

/** Options that belong together. */
export interface OptionGroup {
  readonly title: string;
  readonly options: readonly Option[];
}

/** A command of the program. */
export interface Command {
  readonly name: string;
  /** What it does, in a line. */
  readonly about: string;
  /** Ways to call it, without the program's name. */
  readonly usage: readonly string[];
  /** What a person must know before using it. */
  readonly detail: string;
  readonly examples: readonly string[];
  /** The numbers of operands that it takes. */
  readonly operands: readonly number[];
  readonly groups: readonly OptionGroup[];
  /** Loads what the command needs, and nothing before it is called. */
  readonly load: () => Promise<RunCommand>;
}

/** Does a command's work. */
export type RunCommand = (args: Arguments, session: Session) => Promise<void>;

/** All options of a command by name. */
export function optionsOf(command: Command): Map<string, Option> {
  return new Map(
    command.groups.flatMap(({ options }) => options.map((option) => [option.name, option])),
  );
}
