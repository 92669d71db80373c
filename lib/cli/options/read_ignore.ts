/** Reads patterns of files to leave out. */

import { collectBytes } from "../../base/collect.ts";
import { IgnoreRules, parseIgnoreFile } from "../../layer/files/ignore.ts";
import type { Io } from "../io.ts";
import { badValue } from "./option.ts";

/** The most bytes of a file of patterns. */
const LARGEST_IGNORE_FILE = 1024 * 1024;

/** Reads a file of patterns. */
export async function readIgnoreFile(io: Io, path: string): Promise<string[]> {
  const what = `"${path}"`;
  try {
    const bytes = await collectBytes(io.readFile(path), { limit: LARGEST_IGNORE_FILE, what });
    return parseIgnoreFile(new TextDecoder().decode(bytes)).map(parsePattern);
  } catch (error) {
    throw badValue("ignore-file", error);
  }
}

/** Checks a pattern. */
export function parsePattern(text: string): string {
  new IgnoreRules([text]);
  return text;
}
