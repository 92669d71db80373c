/** Finds which of the entries holds that an archive has for one path. */

import type { ByteStream } from "../base/bytes.ts";
import type { TarEntryHeader } from "../tar/entry.ts";
import { ArchiveChecker } from "./check_archive.ts";
import { editArchive, type Guard } from "./edit_archive.ts";
import { isFile, placeOf, valueOf } from "./entry_places.ts";
import { PathTable } from "./path_table.ts";
import { drain } from "./read_archive.ts";

/**
 * Reads an archive to its end.
 *
 * @returns for paths that occur more than once, the number of the entry that holds, from 1 on.
 */
export async function findRepeated(tar: ByteStream, guard: Guard): Promise<PathTable> {
  const finder = new RepeatFinder();
  const checker = new ArchiveChecker({
    isFirst: true,
    onEntry(entry): void {
      const place = placeOf(entry.path);
      if (place !== undefined) finder.add(entry, place);
    },
    onWarning(): void {},
  });
  await drain(editArchive(tar, checker, guard));
  return finder.last;
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
