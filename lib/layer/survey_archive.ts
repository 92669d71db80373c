/** Reads a whole archive, for what is known of its entries only at its end. */

import type { ByteStream } from "../base/bytes.ts";
import type { TarEntryHeader } from "../tar/entry.ts";
import { ArchiveChecker } from "./check_archive.ts";
import { editArchive, type Guard } from "./edit_archive.ts";
import { isFile, valueOf } from "./entry_places.ts";
import { imagePathOf } from "./files/image_path.ts";
import { PathTable } from "./path_table.ts";
import { drain } from "./read_archive.ts";

/** What is known of a whole archive. */
export interface ArchiveSurvey {
  /** For each path that occurs more than once, the number of the entry that counts, from 1. */
  readonly last: PathTable;
  /** Directories that have an entry. */
  readonly directories: PathTable;
}

/** Reads an archive to its end. */
export async function surveyArchive(tar: ByteStream, guard: Guard): Promise<ArchiveSurvey> {
  const finder = new RepeatFinder();
  const directories = new PathTable();
  const checker = new ArchiveChecker({
    isFirst: true,
    onEntry(entry): void {
      const place = imagePathOf(entry.path);
      if (place === undefined) return;
      finder.add(entry, place);
      if (entry.type === "directory") directories.set(place, 1);
    },
    onWarning(): void {},
  });
  await drain(editArchive(tar, checker, guard));
  return { last: finder.last, directories };
}

/**
 * Finds the paths that occur more than once, and the last of their entries, which counts when the archive is unpacked. Equal entries are
 * no repetition.
 */
class RepeatFinder {
  readonly #seen = new PathTable();
  /** The number of the last entry of each repeated path, from 1. */
  readonly last: PathTable = new PathTable();
  #count = 0;

  /** Takes the next entry that `EntryPlaces` would be given. */
  add(entry: TarEntryHeader, path: string): void {
    const number = ++this.#count;
    if (entry.type === "hard-link" && imagePathOf(entry.linkPath ?? "") === path) return;
    const value = valueOf(entry, path);
    const before = this.#seen.set(path, value);
    if (before === 0 || before === value && !isFile(value)) return;
    this.last.set(path, number);
  }
}
