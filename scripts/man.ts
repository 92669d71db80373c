/**
 * Writes manual pages to `dist/man/`, from the same tables as the help: `appendlayer.1`, and one for each command.
 *
 *     deno task man
 */

import type { Command } from "../lib/cli/commands/command.ts";
import { COMMANDS } from "../lib/cli/commands/commands.ts";
import { ENVIRONMENT } from "../lib/cli/output/environment.ts";
import { byTitle, EXAMPLES, optionTerm } from "../lib/cli/output/format_help.ts";
import { VERSION } from "../lib/cli/version.ts";
import { say } from "./run.ts";

const PROGRAM = "appendlayer";

/** The pages by file name. */
export function manPages(): ReadonlyMap<string, string> {
  return new Map([
    [`${PROGRAM}.1`, programPage()],
    ...COMMANDS.map((command) => [`${PROGRAM}-${command.name}.1`, commandPage(command)] as const),
  ]);
}

function programPage(): string {
  return page(PROGRAM, "put files on top of a container image where it lies", [
    section("SYNOPSIS", [
      ...synopsis("[append] BASE TARGET [OPTIONS]"),
      ".br",
      ...synopsis("COMMAND [OPTIONS]"),
    ]),
    section("DESCRIPTION", [
      text(
        "Puts files on top of a container image where it lies: inside its registry, in a directory, in an archive or in a local engine. The base is not pulled. Where no command is named, append is meant.",
      ),
    ]),
    section(
      "COMMANDS",
      COMMANDS.flatMap(({ name, about }) => item(bold(`${PROGRAM}-${name}`) + "(1)", about)),
    ),
    section("ENVIRONMENT", ENVIRONMENT.flatMap(([name, about]) => item(bold(name), about))),
    section("EXIT STATUS", [
      ...item("0", "done"),
      ...item("1", "failed"),
      ...item("2", "wrong usage"),
      ...item("130, 143", "stopped by SIGINT, by SIGTERM"),
    ]),
    examples(EXAMPLES),
  ]);
}

function commandPage(command: Command): string {
  const { name, about, usage, detail, groups } = command;
  return page(`${PROGRAM}-${name}`, about, [
    section(
      "SYNOPSIS",
      usage.flatMap((line, index) => [...index > 0 ? [".br"] : [], ...synopsis(line)]),
    ),
    section(
      "DESCRIPTION",
      detail.split("\n\n").flatMap((paragraph) => [".PP", text(paragraph)]).slice(1),
    ),
    section("OPTIONS", [
      "Options with ... may be given more than once.",
      ...[...byTitle(groups)].flatMap(([title, those]) => [
        `.SS ${text(title)}`,
        ...those.flatMap(({ options }) => [...options]).flatMap(([flag, option]) =>
          item(bold(optionTerm(flag, option)), option.about)
        ),
      ]),
    ]),
    examples(command.examples),
    section("SEE ALSO", [`${bold(PROGRAM)}(1)`]),
  ]);
}

function page(name: string, about: string, sections: readonly string[]): string {
  return [
    `.TH ${name.toUpperCase()} 1 "" "${PROGRAM} ${VERSION}" "User Commands"`,
    section("NAME", [`${text(name)} \\- ${text(about)}`]),
    ...sections,
  ].filter((part) => part !== "").join("\n") + "\n";
}

function section(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? "" : [`.SH ${title}`, ...lines].join("\n");
}

function examples(lines: readonly string[]): string {
  if (lines.length === 0) return "";
  return section("EXAMPLES", [".EX", ...lines.map((line) => text(line)), ".EE"]);
}

function synopsis(usage: string): string[] {
  return [`${bold(PROGRAM)} ${text(usage)}`];
}

function item(term: string, about: string): string[] {
  return [".TP", term, text(about)];
}

function bold(words: string): string {
  return `\\fB${text(words)}\\fR`;
}

/** Escapes text for troff: dashes, backslashes, and a dot or quote at the start of a line. */
function text(words: string): string {
  return words.replaceAll("\\", "\\e").replaceAll("-", "\\-").replace(/^[.']/, "\\&$&")
    .replace(
      /[^\x20-\x7e]/gu,
      (letter) => `\\[u${letter.codePointAt(0)?.toString(16).toUpperCase().padStart(4, "0")}]`,
    );
}

async function main(): Promise<void> {
  await Deno.mkdir("dist/man", { recursive: true });
  const pages = manPages();
  for (const [name, page] of pages) await Deno.writeTextFile(`dist/man/${name}`, page);
  say(`dist/man: ${pages.size} pages`);
}

if (import.meta.main) main();
