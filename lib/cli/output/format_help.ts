/** Writes the help of a command from its table. */

import type { Command, CommandGroup } from "../commands/command.ts";
import { COMMANDS } from "../commands/commands.ts";
import type { Option } from "../options/option.ts";
import { ENVIRONMENT } from "./environment.ts";

const PROGRAM = "appendlayer";
/** Characters of a line. */
const WIDTH = 80;
const INDENT = 2;
/** Where descriptions begin; longer options push theirs to the next line. */
const COLUMN = 28;

/** The help of a command, 80 characters wide. The first command's is the program's: it lists the others. */
export function formatHelp(command: Command): string {
  const [main] = COMMANDS;
  const lines = [
    ...command.usage.map((usage, index) =>
      `${index === 0 ? "Usage:" : "      "} ${PROGRAM} ${usage}`
    ),
    "",
    ...command.detail.split("\n\n").flatMap((paragraph) => [...wrap(paragraph, WIDTH), ""]),
    ...command.examples.map((example) => `  ${example}`),
    ...(command.examples.length > 0 ? [""] : []),
  ];
  if (command === main) {
    lines.push("Commands:", ...COMMANDS.flatMap(({ name, about }) => entry(name, about, 12)), "");
  }
  if ([...command.options.values()].some(({ many }) => many)) {
    lines.push("Options with ... may be given more than once.", "");
  }
  for (const [title, groups] of byTitle(command.groups)) {
    const options = groups.flatMap(({ options }) => [...options]);
    lines.push(
      `${title}:`,
      ...options.flatMap(([flag, option]) => entry(usage(flag, option), option.about, COLUMN)),
      "",
    );
  }
  if (command === main) {
    lines.push(
      "Environment:",
      ...ENVIRONMENT.flatMap(([name, about]) => entry(name, about, COLUMN)),
      "",
      "Exit status: 0 done, 1 failed, 2 wrong usage.",
      `${PROGRAM} COMMAND --help tells about one command.`,
      "",
    );
  }
  return lines.join("\n");
}

/** Groups with one title stand together, where the first of them does. */
function byTitle(groups: readonly CommandGroup[]): Map<string, CommandGroup[]> {
  const titles = new Map<string, CommandGroup[]>();
  for (const group of groups) titles.set(group.title, [...titles.get(group.title) ?? [], group]);
  return titles;
}

function usage(flag: string, { short, value, isOptional, many }: Option): string {
  const term = `${short === undefined ? "" : `-${short}, `}--${flag}`;
  const shown = value === undefined ? "" : isOptional ? `[=${value}]` : ` ${value}`;
  return `${term}${shown}${many ? " ..." : ""}`;
}

function entry(term: string, about: string, column: number): string[] {
  const left = `${" ".repeat(INDENT)}${term}`;
  const right = wrap(about, WIDTH - column).map((line) => `${" ".repeat(column)}${line}`);
  const [first = ""] = right;
  return left.length + 2 > column
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
