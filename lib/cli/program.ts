/** The program: parses the command line, runs the command, and turns its error into a message and an exit code. */

import { printableLine } from "../base/printable.ts";
import type { GivenValues } from "./options/option.ts";
import { HELP_OPTIONS } from "./options/help_options.ts";
import { type Arguments, parseArguments } from "./options/parse_arguments.ts";
import { PROGRESS_OPTIONS, VERBOSITY_OPTIONS } from "./options/verbosity_options.ts";
import type { Command } from "./commands/command.ts";
import {
  checkAdditions,
  checkApartValues,
  checkDigestFile,
  checkExpansion,
  checkLocalImage,
  checkTerminal,
} from "./commands/check_mistakes.ts";
import { APPEND } from "./commands/append_command.ts";
import { checkCommandWord, meantCommand } from "./commands/command_word.ts";
import { COMMANDS, findCommand } from "./commands/commands.ts";
import { describeError, describeStack } from "./output/describe_error.ts";
import { hintWords } from "./output/hint_words.ts";
import {
  formatBriefHelp,
  formatHelp,
  formatOptionHelp,
  formatProgramHelp,
  formatShortHelp,
  formatWholeHelp,
  helpStyle,
} from "./output/format_help.ts";
import type { Io, StopSignal } from "./io.ts";
import { createProgress } from "./output/progress.ts";
import { suggest } from "./output/suggest.ts";
import type { Session, Verbosity } from "./commands/session.ts";
import { UsageError } from "./usage_error.ts";
import { VERSION } from "./version.ts";

/** Exit codes: done, failed, usage, and 128 plus the signal's number. */
const DONE = 0;
const FAILED = 1;
const USAGE = 2;
const STOPPED: Readonly<Record<StopSignal, number>> = { SIGINT: 130, SIGTERM: 143 };

/** The hidden command that the scripts of `completion` call. */
const COMPLETE = "__complete";

/** The most characters of a line on standard error. */
const LONGEST_LINE = 4_000;

/** Milliseconds that a command gets to clean up after it was asked to stop. */
const GRACE = 2_000;

/**
 * Runs the program.
 *
 * @param args The arguments, without the program's name.
 * @returns the exit code: 0 done, 1 failed, 2 usage, 130 and 143 stopped by SIGINT and SIGTERM.
 */
export async function main(args: readonly string[], io: Io): Promise<number> {
  const named = findCommand(args[0]);
  const command = named ?? APPEND;
  let verbosity: Verbosity = "normal";
  let given: GivenValues = new Map();
  try {
    if (args[0] === COMPLETE) return await say(io, await completeLine(args.slice(1), io));
    const asked = answerHelp(args, io);
    if (asked !== undefined) return await say(io, asked);
    if (named === undefined) checkCommandWord(args.slice(0, 1));
    const line = parseArguments(command, named === undefined ? args : args.slice(1), COMMANDS);
    given = line.given;
    const { help, version } = HELP_OPTIONS.parse(line.given)();
    if (help) {
      const style = helpStyle(io);
      const meant = named ?? findCommand(line.operands[0]);
      return await say(io, meant ? formatShortHelp(meant, style) : formatProgramHelp(style));
    }
    if (version) return await say(io, `${VERSION}\n`);
    // Its operand is a file.
    if (command.name !== "batch") checkAdditions(line);
    checkExpansion(line, io);
    checkApartValues(command, line);
    checkLocalImage(command, line, io);
    if (named === undefined) checkCommandWord(line.operands);
    checkOperands(command, line, named !== undefined);
    checkTerminal(command, line, io);
    verbosity = VERBOSITY_OPTIONS.parse(line.given)();
    await checkDigestFile(line, io);
    return await run(command, line, io, verbosity);
  } catch (error) {
    const meant = named === undefined ? meantCommand(error, args[0]) : undefined;
    const question = meant === undefined ? "" : `; did you mean the command "${meant}"?`;
    await reportError(error, { io, given, question });
    if (verbosity === "verbose") tell(io, ...describeStack(error).split("\n"));
    if (!(error instanceof UsageError)) return FAILED;
    const name = command === APPEND ? "" : ` ${command.name}`;
    tell(io, `appendlayer${name} --help shows how it is used`);
    return USAGE;
  }
}

/** Completes a command line; loaded only when a shell asks. */
async function completeLine(args: readonly string[], io: Io): Promise<string> {
  return await (await import("./completion/complete.ts")).complete(args, io);
}

/** The help, if it is asked for without an option; undefined for another command line. */
function answerHelp(args: readonly string[], io: Io): string | undefined {
  const [first, second] = args;
  // On a terminal, instead of a usage error.
  if (first === undefined) return io.terminal.input ? formatBriefHelp(helpStyle(io)) : undefined;
  if (first !== "help" || args.length > 2) return undefined;
  if (second === undefined) return formatProgramHelp(helpStyle(io));
  if (second === "all") return formatWholeHelp(helpStyle(io));
  const command = findCommand(second);
  if (command !== undefined) return formatHelp(command, helpStyle(io));
  const option = formatOptionHelp(second, helpStyle(io));
  if (option !== undefined) return option;
  // An image called "help" may be a base.
  if (/[/:.@]/.test(second)) return undefined;
  const flags = COMMANDS.flatMap(({ options }) => [...options.keys()]);
  const close = suggest(second, [...COMMANDS.map(({ name }) => name), ...flags]);
  throw new UsageError(
    `Cannot tell about ${JSON.stringify(second)}: there is no such command or option${
      close === undefined ? "" : `; did you mean "${close}"?`
    }`,
  );
}

async function reportError(
  error: unknown,
  { io, given, question }: {
    readonly io: Io;
    readonly given: GivenValues;
    readonly question: string;
  },
): Promise<void> {
  const message = describeError(error);
  if (error instanceof UsageError) return tell(io, `appendlayer: ${message}${question}`);
  // Loaded late, since the help needs no registry.
  const { lookUp } = await import("./output/look_up.ts");
  const { advise } = await import("./output/advise.ts");
  const { ending = "", place = "" } = await lookUp(error, { io, given });
  tell(io, `appendlayer: ${message}${ending}${question}`);
  const hint = advise(error, message + ending, given);
  if (hint !== undefined) tell(io, `${place}${hint}`);
}

/** Writes lines to standard error, without control characters. */
function tell(io: Io, ...lines: readonly string[]): void {
  for (const line of lines) io.err(`${printableLine(line, LONGEST_LINE)}\n`);
}

async function say(io: Io, text: string): Promise<number> {
  await io.out(text);
  return DONE;
}

function checkOperands(command: Command, { operands }: Arguments, isNamed: boolean): void {
  const [first] = operands;
  if (!isNamed && first !== undefined && findCommand(first) !== undefined) {
    throw new UsageError(`Cannot use "${first}" after an option: the command's name comes first`);
  }
  if (command.operands.includes(operands.length)) return;
  if (command.mayTakeMore && operands.length > Math.max(...command.operands)) return;
  const missing = command === APPEND ? ["BASE", "TARGET"].slice(operands.length) : [];
  if (missing.length > 0) {
    const are = missing.length > 1 ? "are" : "is";
    throw new UsageError(`Cannot append: ${missing.join(" and ")} ${are} missing`);
  }
  const expected = command.operands.map(String);
  const last = expected.pop() ?? "0";
  throw new UsageError(
    `Cannot run "${command.name}" with ${operands.length} operand${
      operands.length === 1 ? "" : "s"
    }: expected ${expected.length > 0 ? `${expected.join(", ")} or ${last}` : last}${
      command.mayTakeMore ? " or more" : ""
    }, as in "${command.usage[0]?.replace(" [OPTIONS]", "")}"`,
  );
}

async function run(
  command: Command,
  args: Arguments,
  io: Io,
  verbosity: Verbosity,
): Promise<number> {
  const kind = PROGRESS_OPTIONS.parse(args.given)();
  const progress = verbosity === "quiet" ? undefined : createProgress(kind, io);
  const controller = new AbortController();
  let stopped: (signal: StopSignal) => void = () => {};
  const stop = new Promise<StopSignal>((resolve) => stopped = resolve);
  const forget = io.onStop((signal) => {
    progress?.close();
    controller.abort(new Error(`stopped by ${signal}`));
    stopped(signal);
  });
  function note(message: string): void {
    if (verbosity === "quiet") return;
    progress?.clear();
    tell(io, `appendlayer: ${message}`);
  }
  const session: Session = {
    io,
    signal: controller.signal,
    verbosity,
    out(text): Promise<void> {
      progress?.clear();
      return io.out(text);
    },
    warn: (message, hint) =>
      note(`warning: ${message}${hint === undefined ? "" : `; ${hintWords(hint)}`}`),
    note,
    showProgress: progress?.show,
  };
  const work = command.run(args, session).finally(() => progress?.close());
  const done = work.then(() => DONE);
  const ended = stop.then((signal) => endStopped(signal, work, io));
  try {
    return await Promise.race([done, ended]);
  } catch (error) {
    // The command may fail by the signal before the race is decided.
    if (controller.signal.aborted) return await ended;
    throw error;
  } finally {
    progress?.close();
    forget();
  }
}

/** Gives a stopped command some time to clean up, for example to cancel an upload. */
async function endStopped(signal: StopSignal, work: Promise<void>, io: Io): Promise<number> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const grace = new Promise<void>((resolve) => timer = setTimeout(resolve, GRACE));
  const finished = await Promise.race([
    work.then(() => true, () => false),
    grace.then(() => false),
  ]);
  clearTimeout(timer);
  // The command had finished when the signal came.
  if (finished) return DONE;
  tell(io, `appendlayer: stopped by ${signal}`);
  return STOPPED[signal];
}
