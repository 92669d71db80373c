/** Generates entries that are in no source: whiteouts, and directories that need a mode or an opaque marker. */

import { DIRECTORY_MODES } from "./base_directory.ts";
import { compareImagePaths, isBelow } from "./image_path.ts";
import type { PlacedFile } from "./merge_sources.ts";
import { opaqueMarker, type RemovalPlan } from "./removals.ts";
import type { SourceFile } from "./source_file.ts";

/** A directory that gets an entry before the first entry below it, unless a source has one. */
interface GeneratedDirectory {
  readonly path: string;
  readonly mode?: number;
  readonly isOpaque?: boolean;
}

/** Adds the generated entries to files: whiteouts first, and each directory at its place in the order. */
export function* withGeneratedEntries(
  files: Iterable<PlacedFile>,
  { whiteouts, replaced }: RemovalPlan,
): Iterable<PlacedFile> {
  const moded = new Map<string, GeneratedDirectory>(DIRECTORY_MODES.map((one) => [one.path, one]));
  for (const path of whiteouts) {
    // Engines make the directories above a whiteout too, so these need their modes.
    for (const directory of moded.values()) {
      if (!isBelow(path, directory.path)) continue;
      yield makeDirectory(directory);
      moded.delete(directory.path);
    }
    yield makeMarker(path);
  }
  const directories = new Map(moded);
  for (const path of replaced) directories.set(path, { ...moded.get(path), path, isOpaque: true });
  yield* withDirectories(
    files,
    [...directories.values()].sort((a, b) => compareImagePaths(a.path, b.path)),
  );
}

function* withDirectories(
  files: Iterable<PlacedFile>,
  directories: readonly GeneratedDirectory[],
): Iterable<PlacedFile> {
  let index = 0;
  for (const placed of files) {
    const { path } = placed;
    let own: GeneratedDirectory | undefined;
    for (let next = directories[index]; next !== undefined; next = directories[++index]) {
      if (path === next.path) own = next;
      else if (isBelow(path, next.path)) {
        yield makeDirectory(next);
        if (next.isOpaque) yield makeMarker(opaqueMarker(next.path));
      } else if (compareImagePaths(path, next.path) < 0) break;
    }
    yield placed;
    if (own?.isOpaque) yield makeMarker(opaqueMarker(own.path));
  }
}

function makeDirectory({ path, mode }: GeneratedDirectory): PlacedFile {
  const made = mode === undefined ? {} : { uid: 0, gid: 0 };
  return make(path, { type: "directory", mode: mode ?? 0o755, made });
}

function makeMarker(path: string): PlacedFile {
  return make(path, { type: "file", mode: 0o644, made: {} });
}

function make(path: string, fields: Pick<SourceFile, "type" | "mode" | "made">): PlacedFile {
  const file = { path: "", name: `/${path}`, mtime: 0, size: 0, ...fields };
  return { path, file, source: { name: file.name, destination: path, files: () => [file] } };
}
