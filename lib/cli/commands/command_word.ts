/** Tells misspelt commands from images and hosts, if no command is named. */

import { suggest } from "../output/suggest.ts";
import { UsageError } from "../usage_error.ts";
import { COMMANDS, findCommand } from "./commands.ts";

/** All names of commands. */
const COMMAND_WORDS: readonly string[] = [...COMMANDS.map(({ name }) => name), "help"];

/** Names of other programs' commands, with those of this program. */
const ELSEWHERE: ReadonlyMap<string, string> = new Map([
  ["build", "append"],
  ["cp", "copy"],
  ["images", "tags"],
  ["ls", "tags"],
  ["mutate", "edit"],
  ["pull", "copy"],
  ["push", "copy"],
  ["rm", "delete"],
  ["rmi", "delete"],
  ["save", "copy"],
]);

/** Letters of a word from which on two of them may be wrong. */
const LONG_WORD = 6;

/** The error for a word that is no command and can hardly be an image or a host. */
class UnknownCommandError extends UsageError {}

/**
 * Refuses a word that can only be a misspelt command: before the input is looked at, and without asking a registry for it.
 *
 * @param operands The operands of a command line that names no command.
 * @throws {UsageError} that says how an image or host of that name is meant.
 */
export function checkCommandWord(operands: readonly string[]): void {
  const [word = ""] = operands;
  if (word === "" || /^-|[/:.@]/.test(word) || findCommand(word) !== undefined) return;
  const close = ELSEWHERE.get(word) ??
    suggest(word.toLowerCase(), COMMAND_WORDS, word.length < LONG_WORD ? 1 : 2);
  if (close === word) return;
  // With three or four operands the first is a host; a bare word is more often a command of another program.
  const isCommand = operands.length === 3 || operands.length === 4;
  if (close === undefined && (!isCommand || word === "localhost")) return;
  throw new UnknownCommandError(
    `Cannot run ${
      JSON.stringify(word)
    }: there is no such command, and an image or host of that name goes after "append"${
      close === undefined ? "" : `; did you mean the command "${close}"?`
    }`,
  );
}

/** The command that a word may be a misspelling of, beside an error. It may as well be a host or an image, so it is only asked. */
export function meantCommand(error: unknown, word = ""): string | undefined {
  if (error instanceof UnknownCommandError || !/^[a-z]+$/.test(word)) return undefined;
  const close = suggest(word, COMMAND_WORDS);
  return close === word ? undefined : close;
}
