/** Applies `tar.filter` to the files of a source. */

import type { FileSource, SourceFile } from "../layer/files/source_file.ts";
import type { PackTarEntry, PackTarOptions } from "./pack_options.ts";

const TYPES = { file: "File", directory: "Directory", symlink: "SymbolicLink" } as const;

/**
 * A source without the entries that a filter rejects.
 *
 * @param path The source's path in the image, as the caller wrote it, since filters compare with that.
 */
export function filterSource(
  source: FileSource,
  path: string,
  filter: NonNullable<PackTarOptions["filter"]>,
): FileSource {
  function* files(): Iterable<SourceFile> {
    for (const file of source.files()) {
      const entry = entryOf(path, file);
      if (filter(entry.path, entry)) yield file;
    }
  }
  return { ...source, files };
}

function entryOf(
  root: string,
  { path, type, mode, size, mtime, linkPath }: SourceFile,
): PackTarEntry {
  const joined = path === "" ? root : `${root.replace(/\/+$/, "")}/${path}`;
  return {
    path: type === "directory" ? `${joined.replace(/\/+$/, "")}/` : joined,
    type: TYPES[type],
    mode,
    size: type === "file" ? size : 0,
    mtime: new Date(mtime * 1000),
    linkpath: linkPath,
  };
}
