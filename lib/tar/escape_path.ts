/** Paths of archives as lines of text. */

import { replaceUnprintable } from "../base/printable.ts";
import { encodeText } from "./text.ts";

/** Characters that GNU tar has letters for. */
const LETTERS: ReadonlyMap<string, string> = new Map([
  ["\x07", "\\a"],
  ["\b", "\\b"],
  ["\t", "\\t"],
  ["\n", "\\n"],
  ["\v", "\\v"],
  ["\f", "\\f"],
  ["\r", "\\r"],
  ["\x7f", "\\?"],
]);

/**
 * Writes a path as one line of printable text, in the way of `tar t`: `\\` for a backslash, `\n` for a line end, `\033` for another byte.
 * What reads a list of names for GNU tar (`-T`) takes it for the path that it was.
 */
export function escapePath(path: string): string {
  return replaceUnprintable(
    path.replaceAll("\\", "\\\\"),
    (character) => LETTERS.get(character) ?? octal(character),
  );
}

function octal(character: string): string {
  return Array.from(
    encodeText(character),
    (byte) => `\\${byte.toString(8).padStart(3, "0")}`,
  ).join("");
}
