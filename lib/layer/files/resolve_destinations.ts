/** Decides whether a file goes to its destination or into it, as `COPY` does. */

import type { BaseQuestions } from "../base/base_questions.ts";
import { LayerError } from "../layer_error.ts";
import { isBaseDirectory } from "./base_directory.ts";
import { normalizeImagePath } from "./image_path.ts";
import { baseName, isDirectoryDestination } from "./merge_sources.ts";
import type { FileSource } from "./source_file.ts";

/** Options of {@linkcode resolveDestinations}. */
export interface ResolveDestinationsOptions {
  /** Absent if the base is not to be read. */
  readonly base?: BaseQuestions | undefined;
  /** Whether the layer deletes a path of the base, or there is no base. */
  readonly isGone: (path: string) => boolean;
}

/**
 * Adds a slash to the destination of each single file that goes into a directory of the image. The contents of a directory always go below
 * its destination.
 *
 * @throws {LayerError} if the base would have to be read for that, and cannot be.
 */
export async function resolveDestinations(
  sources: readonly FileSource[],
  options: ResolveDestinationsOptions,
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
  { base, isGone }: ResolveDestinationsOptions,
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

/** Whether a destination has the source's name or extension, as no directory has. */
function looksLikeFile(path: string, source: string): boolean {
  const [own, given] = [baseName(path), baseName(source)];
  const extension = /\.[^.]+$/.exec(given)?.[0];
  return own === given || (extension !== undefined && own.endsWith(extension));
}
