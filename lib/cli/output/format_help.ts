/** Writes the help of the program and of its commands. */

import type { Environment } from "../../host/credentials/auth_files.ts";
import type { Command, CommandGroup } from "../commands/command.ts";
import { COMMANDS } from "../commands/commands.ts";
import type { Option } from "../options/option.ts";
import { ENVIRONMENT } from "./environment.ts";

const PROGRAM = "appendlayer";
/** Characters of a line without a terminal, and the limits of a terminal's width. */
const USUAL_WIDTH = 80;
const NARROWEST = 40;
const WIDEST = 100;
const INDENT = 2;
/** Columns at which descriptions begin; after a longer term, they begin on the next line. */
const OPTION_COLUMN = 28;
const COMMAND_COLUMN = 14;
/** If descriptions would be narrower than this, they are put below their terms. */
const NARROWEST_ABOUT = 30;
/** The most lines of `--help`: those of a terminal without scrolling. */
const SHORT = 40;
/** Groups that the short help leaves out, in this order until the rest fits, if a command does not list its common options. */
const RARE_TITLES: readonly string[] = ["Connection", "Other", "Output", "Result"];

/** The examples of the program's own help. */
export const EXAMPLES: readonly string[] = [
  "appendlayer nginx ghcr.io/acme/site:7 --add public:/usr/share/nginx/html",
  "tar c dags | appendlayer apache/airflow:3.0.0 ghcr.io/acme/airflow:7",
  "appendlayer copy nginx:1 ghcr.io/acme/nginx:1",
];

/** Options of the help's format. */
export interface HelpStyle {
  /**
   * Characters of a line.
   *
   * @default {80}
   */
  readonly width?: number | undefined;
  /**
   * Whether heads are bold.
   *
   * @default {false}
   */
  readonly bold?: boolean | undefined;
}

/** The style for an output. On a terminal headings are bold, unless `NO_COLOR` is set (no-color.org) or the terminal is dumb. */
export function helpStyle(
  { env, terminal, columns }: {
    readonly env: Environment;
    readonly terminal: { readonly output: boolean };
    readonly columns: number;
  },
): HelpStyle {
  if (!terminal.output) return {};
  return {
    width: Math.min(Math.max(columns, NARROWEST), WIDEST),
    bold: !env["NO_COLOR"] && env["TERM"] !== "dumb",
  };
}

/** The help for the program's name alone: twelve lines at 80 columns. */
export function formatBriefHelp(style: HelpStyle = {}): string {
  const { width = USUAL_WIDTH } = style;
  const names = [...COMMANDS.map(({ name }) => name), "help"];
  return [
    ...wrap(
      `${PROGRAM} puts files on top of a container image where it lies: inside its registry.`,
      width,
    ),
    "",
    ...EXAMPLES.map((example) => `  ${example}`),
    "",
    ...wrap(`Commands: ${names.join(", ")}.`, width),
    ...wrap(
      `"${PROGRAM} --help" tells more, "${PROGRAM} COMMAND --help" about one command.`,
      width,
    ),
    "",
  ].join("\n");
}

/** The help of the program: its purpose and its commands. */
export function formatProgramHelp(style: HelpStyle = {}): string {
  const { width = USUAL_WIDTH } = style;
  const commands: (readonly [string, string])[] = [
    ...COMMANDS.map(({ name, about }) => [name, about] as const),
    ["help", "print all about a command, an option, or everything: help all"],
  ];
  return [
    ...formatUsage(["BASE TARGET [OPTIONS]", "COMMAND [OPTIONS]"], style),
    "",
    ...wrap(
      "Puts files on top of a container image where it lies: inside its registry, in a directory or in an archive. The base is not pulled.",
      width,
    ),
    "",
    ...EXAMPLES.map((example) => `  ${example}`),
    "",
    head("Commands", style),
    ...commands.flatMap(([name, about]) => entry(name, about, COMMAND_COLUMN, width)),
    "",
    ...wrap(
      `"${PROGRAM} COMMAND --help" tells about one command. Where none is named, "append" is meant.`,
      width,
    ),
    "",
  ].join("\n");
}

/** The help of a command with its common options, or with all if they fit on a terminal. */
export function formatShortHelp(command: Command, style: HelpStyle = {}): string {
  const introduction = introduce(command, style);
  const whole = [...introduction, ...describeOptions(command.groups, style)];
  if (whole.length <= SHORT) return whole.join("\n");
  const more = [`"${PROGRAM} help ${command.name}" lists all ${command.options.size} options.`, ""];
  const shorter = commonGroups(command).map((groups) => [
    ...introduction,
    ...describeOptions(groups, style),
    ...more,
  ]);
  return (shorter.find(({ length }) => length <= SHORT) ?? shorter.at(-1) ?? whole).join("\n");
}

/** Selections of a command's groups for the short help, each smaller than the one before. */
function commonGroups({ groups, common }: Command): CommandGroup[][] {
  if (common === undefined) {
    return RARE_TITLES.map((_, index) => {
      const rare = RARE_TITLES.slice(0, index + 1);
      return groups.filter(({ title }) => !rare.includes(title));
    });
  }
  const some = groups.map((group) => ({
    ...group,
    options: new Map([...group.options].filter(([flag]) => common.includes(flag))),
  }));
  return [some.filter(({ options }) => options.size > 0)];
}

/** The help of a command with all of its options. That of the first command lists the environment variables too. */
export function formatHelp(command: Command, style: HelpStyle = {}): string {
  const { width = USUAL_WIDTH } = style;
  const lines = [...introduce(command, style), ...describeOptions(command.groups, style)];
  if (command === COMMANDS[0]) {
    lines.push(
      head("Environment", style),
      ...ENVIRONMENT.flatMap(([name, about]) => entry(name, about, OPTION_COLUMN, width)),
      "",
      "Exit status: 0 done, 1 failed, 2 wrong usage.",
      "",
    );
  }
  return lines.join("\n");
}

/**
 * The help of an option, with the commands that have it.
 *
 * @param name With or without the dashes.
 * @returns undefined if no command has such an option.
 */
export function formatOptionHelp(name: string, style: HelpStyle = {}): string | undefined {
  const { width = USUAL_WIDTH } = style;
  const flag = name.replace(/^--/, "");
  const commands = new Map<string, string[]>();
  for (const { name, options } of COMMANDS) {
    const option = options.get(flag);
    if (option === undefined) continue;
    const text = entry(optionTerm(flag, option), option.about, OPTION_COLUMN, width).join("\n");
    commands.set(text, [...commands.get(text) ?? [], name]);
  }
  if (commands.size === 0) return undefined;
  return [...commands].flatMap(([text, names], index) => [
    ...index > 0 ? [""] : [],
    ...wrap(`An option of ${names.join(", ")}:`, width),
    text,
  ]).concat("").join("\n");
}

/** The help of the program and of every command. */
export function formatWholeHelp(style: HelpStyle = {}): string {
  return [
    formatProgramHelp(style),
    ...COMMANDS.map((command) =>
      [head(`appendlayer ${command.name}`, style), formatHelp(command, style)].join("\n")
    ),
  ].join("\n");
}

function introduce(command: Command, style: HelpStyle): string[] {
  const { width = USUAL_WIDTH } = style;
  return [
    ...formatUsage(command.usage, style),
    "",
    ...command.detail.split("\n\n").flatMap((paragraph) => [...wrap(paragraph, width), ""]),
    ...command.examples.map((example) => `  ${example}`),
    ...(command.examples.length > 0 ? [""] : []),
  ];
}

function formatUsage(usages: readonly string[], { bold }: HelpStyle): string[] {
  return usages.map((usage, index) =>
    `${index === 0 ? emphasize("Usage:", bold) : "      "} ${PROGRAM} ${usage}`
  );
}

function describeOptions(groups: readonly CommandGroup[], style: HelpStyle): string[] {
  const { width = USUAL_WIDTH } = style;
  const lines = groups.some(({ options }) => [...options.values()].some(({ many }) => many))
    ? ["Options with ... may be given more than once.", ""]
    : [];
  for (const [title, those] of byTitle(groups)) {
    const options = those.flatMap(({ options }) => [...options]);
    lines.push(
      head(title, style),
      ...options.flatMap(([flag, option]) =>
        entry(optionTerm(flag, option), option.about, OPTION_COLUMN, width)
      ),
      "",
    );
  }
  return lines;
}

/** Joins groups with the same title, at the place of the first one. */
export function byTitle(groups: readonly CommandGroup[]): Map<string, CommandGroup[]> {
  const titles = new Map<string, CommandGroup[]>();
  for (const group of groups) titles.set(group.title, [...titles.get(group.title) ?? [], group]);
  return titles;
}

/** The term of an option in the help: `--add SRC[:DEST] ...`. */
export function optionTerm(flag: string, { short, value, isOptional, many }: Option): string {
  const term = `${short === undefined ? "" : `-${short}, `}--${flag}`;
  const shown = value === undefined ? "" : isOptional ? `[=${value}]` : ` ${value}`;
  return `${term}${shown}${many ? " ..." : ""}`;
}

function head(title: string, { bold }: HelpStyle): string {
  return emphasize(`${title}:`, bold);
}

function emphasize(text: string, bold = false): string {
  return bold ? `\x1b[1m${text}\x1b[0m` : text;
}

function entry(term: string, about: string, column: number, width: number): string[] {
  const left = `${" ".repeat(INDENT)}${term}`;
  const isNarrow = width - column < NARROWEST_ABOUT;
  const indent = isNarrow ? 3 * INDENT : column;
  const right = wrap(about, width - indent).map((line) => `${" ".repeat(indent)}${line}`);
  const [first = ""] = right;
  return isNarrow || left.length + 2 > column
    ? [left, ...right]
    : [left + first.slice(left.length), ...right.slice(1)];
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
