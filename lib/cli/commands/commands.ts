/** All commands. */

import { APPEND } from "./append_command.ts";
import type { Command } from "./command.ts";
import { COPY } from "./copy_command.ts";
import { DELETE } from "./delete_command.ts";
import { DIGEST } from "./digest_command.ts";
import { EDIT } from "./edit_command.ts";
import { INSPECT } from "./inspect_command.ts";
import { LOGIN } from "./login_command.ts";
import { LOGOUT } from "./logout_command.ts";
import { TAG } from "./tag_command.ts";
import { TAGS } from "./tags_command.ts";

/** In the order of the help. */
export const COMMANDS: readonly Command[] = [
  APPEND,
  EDIT,
  COPY,
  INSPECT,
  DIGEST,
  TAGS,
  TAG,
  DELETE,
  LOGIN,
  LOGOUT,
];

/** Finds a command by its name. */
export function findCommand(name: string | undefined): Command | undefined {
  return COMMANDS.find((command) => command.name === name);
}
