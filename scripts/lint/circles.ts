/** Finds files of one room that import each other in a circle, types included: such files can only be understood all together. */

import { roomOf } from "./rooms.ts";

/** Reads a file by its path from the project's root; undefined if there is none. */
export type ReadSource = (file: string) => string | undefined;

const RELATIVE_IMPORT =
  /(?:^|[\s;])(?:import|export)\b[^"'`;]*?\bfrom\s*["'](\.{1,2}\/[^"']+)["']/g;

/** The files that a file imports, as paths from the project's root. */
export function importedFiles(file: string, source: string): string[] {
  return [...source.matchAll(RELATIVE_IMPORT)].map(([, specifier = ""]) =>
    resolve(file, specifier)
  );
}

/** Resolves a relative specifier in a file to a path from the project's root. */
export function resolve(file: string, specifier: string): string {
  return new URL(specifier, `file:///${file}`).pathname.slice(1);
}

/**
 * Searches for a chain of imports from an imported file back to the importing one, through files of the same room.
 *
 * @returns the files of the chain, with the importing one first and last; undefined if there is none.
 */
export function findCircle(
  file: string,
  imported: string,
  read: ReadSource,
): readonly string[] | undefined {
  const room = roomOf(file);
  if (room === undefined || roomOf(imported) !== room) return undefined;
  const seen = new Set<string>();
  const follow = (at: string): readonly string[] | undefined => {
    if (at === file) return [at];
    if (seen.has(at) || roomOf(at) !== room) return undefined;
    seen.add(at);
    for (const next of importedFiles(at, read(at) ?? "")) {
      const way = follow(next);
      if (way !== undefined) return [at, ...way];
    }
    return undefined;
  };
  const way = follow(imported);
  return way && [file, ...way];
}
