/** Reads an archive for what of its entries is known only at its end. */

import type { ByteStream } from "../base/bytes.ts";
import type { TarEntryHeader } from "../tar/entry.ts";
import { ArchiveChecker } from "./check_archive.ts";
import { editArchive, type Guard } from "./edit_archive.ts";
import { isFile, placeOf, valueOf } from "./entry_places.ts";
import { PathTable } from "./path_table.ts";
import { drain } from "./read_archive.ts";

/** What only the whole archive says. */
export interface ArchiveSurvey {
  /** For paths that occur more than once, the number of the entry that holds, from 1 on. */
  readonly last: PathTable;
  /** Directories that have entries of their own. */
  readonly directories: PathTable;
}

/** Reads an archive to its end. */
export async function surveyArchive(tar: ByteStream, guard: Guard): Promise<ArchiveSurvey> {
  const finder = new RepeatFinder();
  const directories = new PathTable();
  const checker = new ArchiveChecker({
    isFirst: true,
    onEntry(entry): void {
      const place = placeOf(entry.path);
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
 * Finds the paths that occur more than once, and which of their entries holds: the last, as when the archive is unpacked. Those that say
 * what the one before says do not count.
 */
class RepeatFinder {
  readonly #seen = new PathTable();
  /** The number of the entry that holds, from 1 on; of paths that occur once, nothing. */
  readonly last: PathTable = new PathTable();
  #count = 0;

  /** Takes the next entry that `EntryPlaces` would be given. */
  add(entry: TarEntryHeader, path: string): void {
    const number = ++this.#count;
    if (entry.type === "hard-link" && placeOf(entry.linkPath ?? "") === path) return;
    const value = valueOf(entry, path);
    const before = this.#seen.set(path, value);
    if (before === 0 || before === value && !isFile(value)) return;
    this.last.set(path, number);
  }
}
