/** Merges several sources into one sequence, in the order of the paths in the image. */

import { compareImagePaths, joinImagePath, normalizeImagePath } from "./image_path.ts";
import type { FileSource, SourceFile } from "./source_file.ts";

/** A file with its path in the image. */
export interface PlacedFile {
  /** Path in the image, without a slash in front. */
  readonly path: string;
  readonly file: SourceFile;
  readonly source: FileSource;
}

/**
 * Merges sorted sources, holding one file of each at a time. Of several files with one path, the one of the last source is taken.
 *
 * @throws {SyntaxError} while reading, if a file would replace the root.
 */
export function* mergeSources(sources: readonly FileSource[]): Iterable<PlacedFile> {
  const [only] = sources;
  if (only !== undefined && sources.length === 1) {
    yield* placeFiles(only);
    return;
  }
  const iterators = sources.map((source) => placeFiles(source)[Symbol.iterator]());
  try {
    const heads = iterators.map((iterator) => iterator.next());
    while (true) {
      let first: PlacedFile | undefined;
      for (const { done, value } of heads) {
        if (done) continue;
        // With equal paths the later source wins.
        if (first === undefined || compareImagePaths(value.path, first.path) <= 0) first = value;
      }
      if (first === undefined) return;
      yield first;
      for (const [index, iterator] of iterators.entries()) {
        const head = heads[index];
        if (head === undefined || head.done || head.value.path !== first.path) continue;
        heads[index] = iterator.next();
      }
    }
  } finally {
    for (const iterator of iterators) iterator.return?.();
  }
}

function* placeFiles(source: FileSource): Generator<PlacedFile, void> {
  const { name, destination, files } = source;
  const directory = normalizeImagePath(destination);
  for (const file of files()) {
    const path = file.path !== ""
      ? joinImagePath(directory, file.path)
      : isDirectoryDestination(destination) && file.type !== "directory"
      ? joinImagePath(directory, baseName(name))
      : directory;
    if (path === "" && file.type === "directory") continue;
    if (path === "") {
      throw new SyntaxError(
        `Cannot add "${name}" at "${destination}": that is the root of the image`,
      );
    }
    yield { path, file, source };
  }
}

/** Whether a destination is written as a directory: with a slash at its end, or as ".". */
export function isDirectoryDestination(destination: string): boolean {
  return /\/$|(?:^|\/)\.$/.test(destination);
}

/** The last part of a path, without slashes at its end. */
export function baseName(path: string): string {
  return path.replace(/\/+$/, "").split("/").at(-1) ?? path;
}
