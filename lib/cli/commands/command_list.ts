/** All commands, made by `deno task commands` from the files of this folder. */

import type { Command } from "./command.ts";
import { APPEND } from "./append_command.ts";
import { BATCH } from "./batch_command.ts";
import { COMPLETION } from "./completion_command.ts";
import { COPY } from "./copy_command.ts";
import { DELETE } from "./delete_command.ts";
import { DIGEST } from "./digest_command.ts";
import { EDIT } from "./edit_command.ts";
import { EXPORT } from "./export_command.ts";
import { INDEX } from "./index_command.ts";
import { INSPECT } from "./inspect_command.ts";
import { LOGIN } from "./login_command.ts";
import { LOGOUT } from "./logout_command.ts";
import { REBASE } from "./rebase_command.ts";
import { TAG } from "./tag_command.ts";
import { TAGS } from "./tags_command.ts";
import { VERSION } from "./version_command.ts";

/** In the order of the help. */
export const COMMANDS: readonly Command[] = [
  APPEND,
  BATCH,
  COMPLETION,
  COPY,
  DELETE,
  DIGEST,
  EDIT,
  EXPORT,
  INDEX,
  INSPECT,
  LOGIN,
  LOGOUT,
  REBASE,
  TAG,
  TAGS,
  VERSION,
];
