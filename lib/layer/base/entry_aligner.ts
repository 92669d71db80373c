/** The seam between a layer that is packed and the base that it goes on. */

import type { TarEntryHeader } from "../../tar/entry.ts";

/** An entry where it comes to lie, and directories that have to stand before it. */
export interface PlacedEntry {
  readonly entry: TarEntryHeader;
  readonly before: readonly TarEntryHeader[];
}

/** Decides of the entries of a layer, in their order, where they come to lie. */
export interface EntryAligner {
  /** Learns what placing an entry takes; undefined where that is known. */
  prepare(entry: TarEntryHeader): Promise<void> | undefined;
  /**
   * The entry where it comes to lie, and directories that have to stand before it.
   *
   * @throws {LayerError} if it cannot be there.
   */
  place(entry: TarEntryHeader): PlacedEntry;
  /** An entry for a directory that has none in the layer, by what is known of the base: nothing is asked for it. */
  directory(path: string): TarEntryHeader | undefined;
}
