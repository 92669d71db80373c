/** Finds the paths that match a pattern. */

import { isNamePattern, namePattern } from "../../layer/files/name_pattern.ts";
import { builtin } from "../builtin.ts";
import { slashed } from "./local_file.ts";

/**
 * The local paths of a source, sorted: the source itself if it exists as it is written, else the paths that match it as a pattern.
 *
 * @throws {Error} if no path matches.
 * @throws {SyntaxError} if it is no valid pattern.
 */
export function expandSource(source: string): readonly string[] {
  if (!isNamePattern(source)) return [source];
  const { lstatSync } = builtin("node:fs");
  if (lstatSync(source, { throwIfNoEntry: false }) !== undefined) return [source];
  const [first = "", ...rest] = slashed(source).split("/");
  let found = isNamePattern(first) ? matches("", first) : [first];
  for (const part of rest) {
    found = found.flatMap((above) =>
      isNamePattern(part)
        ? matches(`${above}/`, part)
        : lstatSync(`${above}/${part}`, { throwIfNoEntry: false }) === undefined
        ? []
        : [`${above}/${part}`]
    );
  }
  if (found.length > 0) return found;
  throw new Error(
    `Cannot add ${
      JSON.stringify(source)
    }: there is no file of that name, and none that it matches as a pattern`,
  );
}

/** The paths of a directory's names that match. */
function matches(above: string, pattern: string): string[] {
  const { readdirSync, statSync } = builtin("node:fs");
  const directory = above === "" ? "." : above;
  if (!statSync(directory, { throwIfNoEntry: false })?.isDirectory()) return [];
  const expression = namePattern(pattern);
  return readdirSync(directory).filter((name) => expression.test(name)).sort()
    .map((name) => above + name);
}
