/** Implements local files on the disk of this machine. */

import type { LocalFiles } from "../../layer/files/local_files.ts";
import { builtin } from "../builtin.ts";
import { slashed } from "./local_file.ts";
import { errorCode } from "../system_error.ts";
import { walkFiles } from "./walk.ts";

/** Local files of this machine. */
export const localFiles: LocalFiles = {
  walk: walkFiles,
  slashed,
  absolute: (path) => builtin("node:path").resolve(path),
  names: (directory) => found(() => builtin("node:fs").readdirSync(directory)),
  text: (path) => found(() => builtin("node:fs").readFileSync(path, "utf8")),
};

/** The result of a call; undefined if there is no such file or directory. */
function found<T>(call: () => T): T | undefined {
  try {
    return call();
  } catch (error) {
    if (["ENOENT", "ENOTDIR", "EISDIR"].includes(errorCode(error) ?? "")) return undefined;
    throw error;
  }
}
