/** Finds commands. */

import type { Command } from "./command.ts";
import { COMMANDS } from "./command_list.ts";

export { COMMANDS };

/** Finds a command by its name. */
export function findCommand(name: string | undefined): Command | undefined {
  return COMMANDS.find((command) => command.name === name);
}
