/** Gives a layer an entry for each directory above what is in it. */

import type { TarEntryHeader } from "../../tar/entry.ts";
import { PathTable } from "../path_table.ts";
import { imagePathOf } from "../files/image_path.ts";
import { isOfWindows } from "../windows_layer.ts";
import type { EntryAligner, PlacedEntry } from "./entry_aligner.ts";
import { newDirectory } from "../files/base_directory.ts";

/**
 * Adds the parents' entries that another aligner leaves out. Where Podman 5.8 pulls a layer by its zstd:chunked table, it makes
 * directories without an entry with mode 0, and so hides what the base has in them from all but root.
 */
export class EveryParent implements EntryAligner {
  readonly #aligner: EntryAligner | undefined;
  /** Directories and links that have an entry. */
  readonly #seen = new PathTable();
  /** Directory of the previous file: it and those above it have entries. */
  #settled = "";

  /** @param aligner Places the entries before this one does. */
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
    const path = imagePathOf(entry.path);
    if (path === undefined || isOfWindows(entry)) return placed;
    const known = new Map(before.map((one) => [imagePathOf(one.path), one]));
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
