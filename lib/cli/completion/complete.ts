/** Completes command lines by the table of commands. */

import { parseReference } from "../../oci/reference.ts";
import { APPEND } from "../commands/append_command.ts";
import type { Command } from "../commands/command.ts";
import { COMMANDS, findCommand } from "../commands/commands.ts";
import type { Io } from "../io.ts";
import type { Option } from "../options/option.ts";
import { type Arguments, parseArguments } from "../options/parse_arguments.ts";
import { SHELL_SCRIPTS } from "./shell_scripts.ts";
import { tagsInTime } from "./tags_in_time.ts";

/** Milliseconds that a registry has for its list of tags, while the user waits. */
const USUAL_TIME = 500;
/** The variable that sets another time; with 0, no registry is asked. */
const TIME_VARIABLE = "APPENDLAYER_COMPLETION_TIMEOUT";
/** The most tags that are shown. */
const MOST_TAGS = 500;

/** Suggestions for values that may be any text. */
const USUAL_VALUES: Readonly<Record<string, readonly string[]>> = {
  "OS/ARCH": [
    "linux/amd64",
    "linux/arm64",
    "linux/arm/v7",
    "linux/s390x",
    "linux/ppc64le",
    "windows/amd64",
  ],
  SIGNAL: ["SIGTERM", "SIGINT", "SIGQUIT", "SIGKILL", "SIGHUP", "SIGUSR1", "SIGWINCH"],
};
/** Names of values that are a file, or begin with one. */
const FILE_VALUE = /^(?:FILE|SRC)\b/;
/** Locations that contain the path of a file. */
const FILE_LOCATION = /^(?:oci|oci-archive|docker-archive):[^:]*$/;
/** The usage of a command that takes a file. */
const FILE_USAGE = /^\w+ FILE\b/;
/** Commands whose operands are no images. */
const WITHOUT_IMAGES: ReadonlySet<string> = new Set([
  "login",
  "logout",
  "completion",
  "version",
  "help",
]);

/** Tells the shell to complete files. */
const FILES = ":files";

/**
 * Returns a line for each completion: the word, and perhaps a tab and its description. `:files` stands for local files, and `:nospace` means
 * that the word continues.
 *
 * @param args `=` with the word at the cursor, then the words before it.
 */
export async function complete(
  [given = "=", ...before]: readonly string[],
  io: Io,
): Promise<string> {
  const current = given.slice(1);
  const lines = await findCandidates(current, before, io).catch(() => []);
  return lines.map((line) => `${line}\n`).join("");
}

async function findCandidates(
  current: string,
  before: readonly string[],
  io: Io,
): Promise<readonly string[]> {
  const [first] = before;
  if (first === "help") return matching(current, [...commandLines(), "all\teverything"]);
  const named = findCommand(first);
  const command = named ?? APPEND;
  const words = named === undefined ? before : before.slice(1);
  const awaited = awaitedOption(command, words.at(-1));
  if (awaited !== undefined) return valueCandidates(awaited, current, "");
  const [, inline] = /^--([^=]+)=/.exec(current) ?? [];
  if (inline !== undefined) {
    const option = command.options.get(inline);
    return option === undefined ? [] : valueCandidates(option, current, `--${inline}=`);
  }
  if (current.startsWith("-")) return matching(current, optionLines(command, words));
  if (command.name === "completion") return matching(current, [...SHELL_SCRIPTS.keys()]);
  if (before.length === 0 && !/[/:.@]/.test(current)) {
    return matching(current, [...commandLines(), "help\ttell all about a command"]);
  }
  if (WITHOUT_IMAGES.has(command.name)) return [];
  if (FILE_LOCATION.test(current) || FILE_USAGE.test(command.usage[0] ?? "")) return [FILES];
  return await tagCandidates(current, readBefore(command, words), command, io);
}

function matching(current: string, lines: readonly string[]): readonly string[] {
  return lines.filter((line) => line.startsWith(current));
}

function commandLines(): string[] {
  return COMMANDS.map(({ name, about }) => `${name}\t${about}`);
}

/** The option at the end of the words that needs a value. */
function awaitedOption({ options }: Command, word = ""): Option | undefined {
  const [, flag, letter] = /^(?:--([^=]+)|-(\w))$/.exec(word) ?? [];
  const option = flag === undefined
    ? [...options.values()].find(({ short }) => short !== undefined && short === letter)
    : options.get(flag);
  return option?.value === undefined || option.isOptional ? undefined : option;
}

function valueCandidates(
  { choices, value = "" }: Option,
  current: string,
  start: string,
): readonly string[] {
  if (FILE_VALUE.test(value)) return [FILES];
  return matching(current, (choices ?? USUAL_VALUES[value] ?? []).map((word) => `${start}${word}`));
}

/** The options that can still be given. */
function optionLines({ options }: Command, words: readonly string[]): string[] {
  return [...options].filter(([flag, { many }]) => many || !words.includes(`--${flag}`)).map((
    [flag, { about }],
  ) => `--${flag}\t${about}`);
}

/** Parses the words before the cursor, as far as possible. */
function readBefore(command: Command, words: readonly string[]): Arguments {
  try {
    return parseArguments(command, words);
  } catch {
    return { operands: [], given: new Map() };
  }
}

/** The repository whose tags complete a word, by the word or the operands before it. */
async function tagCandidates(
  current: string,
  line: Arguments,
  { name }: Command,
  io: Io,
): Promise<readonly string[]> {
  const place = findRepository(current, line.operands, name);
  if (place === undefined) return [];
  const time = Number(io.env[TIME_VARIABLE] || USUAL_TIME);
  if (!(time > 0)) return [];
  const tags = await tagsInTime(place.repository, { given: line.given, io, time });
  const lines = tags.map((tag) => `${place.start}${tag}`);
  return matching(current, lines).slice(0, MOST_TAGS);
}

interface TagPlace {
  readonly repository: string;
  /** The part of the word before the tag. */
  readonly start: string;
}

function findRepository(
  current: string,
  operands: readonly string[],
  command: string,
): TagPlace | undefined {
  const [first = "", second = ""] = operands;
  // Tags of the image that is tagged.
  if (command === "tag" && operands.length > 0) return { repository: withoutTag(first), start: "" };
  const isHost = command === APPEND.name && !first.includes("/") && /[.:]/.test(first);
  // HOST REPOSITORY OLD-TAG NEW-TAG.
  if (isHost && operands.length > 1 && !second.includes(":")) {
    return { repository: `${first}/${second}`, start: "" };
  }
  const colon = current.lastIndexOf(":");
  if (colon <= current.lastIndexOf("/") && current.includes("/") || colon < 0) return undefined;
  const repository = current.slice(0, colon);
  const start = current.slice(0, colon + 1);
  return { repository: isHost ? `${first}/${repository}` : repository, start };
}

function withoutTag(image: string): string {
  const { registry, repository } = parseReference(image);
  return `${registry}/${repository}`;
}
