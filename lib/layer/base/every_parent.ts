/** Gives a layer an entry for each directory above what is in it. */

import type { TarEntryHeader } from "../../tar/entry.ts";
import { DIRECTORY_MODES } from "../files/base_directory.ts";
import { PathTable } from "../path_table.ts";
import { placeOf } from "../entry_places.ts";
import { isOfWindows } from "../windows_layer.ts";
import type { EntryAligner, PlacedEntry } from "./entry_aligner.ts";

/** A directory that nothing is known of: as engines make it, root's with 0755, but for those that are not so in nearly every image. */
export function newDirectory(path: string): TarEntryHeader {
  const mode = DIRECTORY_MODES.find((one) => one.path === path)?.mode ?? 0o755;
  return { path: `${path}/`, type: "directory", size: 0, mode, uid: 0, gid: 0, mtime: 0 };
}

/**
 * Adds what another aligner leaves to engines. Podman 5.8 makes directories without an entry with mode 0 where it pulls a layer by its
 * zstd:chunked table, and so hides what the base has in them from all but root.
 */
export class EveryParent implements EntryAligner {
  readonly #aligner: EntryAligner | undefined;
  /** Paths that have an entry. */
  readonly #seen = new PathTable();
  /** The directory of the entry before, above which all have one. */
  #settled = "";

  /** @param aligner Places the entries first. */
  constructor(aligner: EntryAligner | undefined) {
    this.#aligner = aligner;
  }

  prepare(entry: TarEntryHeader): Promise<void> | undefined {
    return this.#aligner?.prepare(entry);
  }

  directory(path: string): TarEntryHeader {
    return this.#aligner?.directory(path) ?? newDirectory(path);
  }

  place(original: TarEntryHeader): PlacedEntry {
    const placed = this.#aligner?.place(original) ?? { entry: original, before: [] };
    const { entry, before } = placed;
    const directory = entry.path.slice(0, entry.path.lastIndexOf("/") + 1);
    if (entry.type === "file" && directory === this.#settled) return placed;
    const path = placeOf(entry.path);
    if (path === undefined || isOfWindows(entry)) return placed;
    const known = new Map(before.map((one) => [placeOf(one.path), one]));
    const missing: TarEntryHeader[] = [];
    for (let end = path.indexOf("/"); end >= 0; end = path.indexOf("/", end + 1)) {
      if (this.#seen.add(path, 1, end) !== 0) continue;
      const above = path.slice(0, end);
      missing.push(known.get(above) ?? this.directory(above));
    }
    if (entry.type === "directory" || entry.type === "symlink") this.#seen.add(path, 1);
    if (entry.type === "file") this.#settled = directory;
    return { entry, before: missing };
  }
}
