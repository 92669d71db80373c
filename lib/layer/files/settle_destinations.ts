/** Decides whether a file goes to its destination or into it, as `COPY` does. */

import type { BaseQuestions } from "../base/base_questions.ts";
import { LayerError } from "../layer_error.ts";
import { isBaseDirectory } from "./base_directory.ts";
import { normalizeImagePath } from "./image_path.ts";
import { baseName, isDirectoryDestination } from "./merge_sources.ts";
import type { FileSource } from "./source_file.ts";

/** Options of {@linkcode settleDestinations}. */
export interface SettleOptions {
  /** Absent where the base is not to be asked. */
  readonly base?: BaseQuestions | undefined;
  /** Whether the base has nothing at a path, whatever it holds. */
  readonly isGone: (path: string) => boolean;
}

/**
 * Puts a slash behind the destination of each file that goes into a directory which the image has. A directory's contents go under the
 * destination in any case.
 *
 * @throws {LayerError} if that would have to be known of a base, and cannot be.
 */
export async function settleDestinations(
  sources: readonly FileSource[],
  options: SettleOptions,
): Promise<readonly FileSource[]> {
  return await Promise.all(
    sources.map(async (source) =>
      await goesInto(source, options)
        ? { ...source, destination: `${source.destination}/` }
        : source
    ),
  );
}

async function goesInto(
  { name, destination, files }: FileSource,
  { base, isGone }: SettleOptions,
): Promise<boolean> {
  if (isDirectoryDestination(destination)) return false;
  const path = normalizeImagePath(destination);
  if (path === "" || isGone(path) || !isSingleFile(files)) return false;
  if (isBaseDirectory(path)) return true;
  if (base === undefined || looksLikeFile(path, name)) return false;
  const kind = await base.kindOf(path);
  if (kind !== undefined) return kind === "directory";
  throw new LayerError(
    `Cannot add "${name}" at "${destination}": whether the base has a directory there is not known: write "${destination}/" or "${destination}/${
      baseName(name)
    }" if it has, or read all of the base`,
    { hint: { kind: "read-base" } },
  );
}

function isSingleFile(files: FileSource["files"]): boolean {
  for (const { path, type } of files()) return path === "" && type !== "directory";
  return false;
}

/** Whether a destination has the source's own name, or its extension: nobody calls a directory so. */
function looksLikeFile(path: string, source: string): boolean {
  const [own, given] = [baseName(path), baseName(source)];
  const extension = /\.[^.]+$/.exec(given)?.[0];
  return own === given || (extension !== undefined && own.endsWith(extension));
}
