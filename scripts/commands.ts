/**
 * Writes the list of the program's commands from the names of their files, so that a new command only needs a new file. `--check` says
 * whether the list is up to date.
 *
 *     deno task commands [--check]
 */

import { say } from "./run.ts";

const FOLDER = "lib/cli/commands";
const OUTPUT = `${FOLDER}/command_list.ts`;

/** The command that runs if none is named. It comes first in the list. */
const MAIN = "append";

/** The commands' names: the main one, then the others in alphabetical order. */
async function findCommands(): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(FOLDER)) {
    const command = /^(\w+)_command\.ts$/.exec(name)?.[1];
    if (command !== undefined && command !== MAIN) names.push(command);
  }
  return [MAIN, ...names.sort()];
}

/** Writes the module. Each command's file exports a constant of its name. */
export function writeList(names: readonly string[]): string {
  const imports = [...names].sort().map((name) =>
    `import { ${name.toUpperCase()} } from "./${name}_command.ts";`
  );
  return [
    "/** All commands, made by `deno task commands` from the files of this folder. */",
    "",
    'import type { Command } from "./command.ts";',
    ...imports,
    "",
    "/** In the order of the help. */",
    "export const COMMANDS: readonly Command[] = [",
    ...names.map((name) => `  ${name.toUpperCase()},`),
    "];",
    "",
  ].join("\n");
}

async function main(check: boolean): Promise<number> {
  const list = writeList(await findCommands());
  if (!check) await Deno.writeTextFile(OUTPUT, list);
  else if (await Deno.readTextFile(OUTPUT) !== list) {
    say(`Not what the files of ${FOLDER} say: ${OUTPUT}; "deno task commands" writes it`);
    return 1;
  }
  return 0;
}

if (import.meta.main) {
  main(Deno.args.includes("--check")).then((code) => Deno.exitCode = code);
}
