/** The seam between the packing of a layer and the base that it goes on. */

import type { TarEntryHeader } from "../../tar/entry.ts";

/** An entry with its path in the image, and entries of parent directories that have to come before it. */
export interface PlacedEntry {
  readonly entry: TarEntryHeader;
  readonly before: readonly TarEntryHeader[];
}

/** Decides at which path of the image each entry of a layer is written, in the order of the entries. */
export interface EntryAligner {
  /** Learns what {@linkcode place} needs for an entry; undefined if it is known already. */
  prepare(entry: TarEntryHeader): Promise<void> | undefined;
  /**
   * The entry with its path in the image, and the parents' entries that have to come before it.
   *
   * @throws {LayerError} if it cannot be there.
   */
  place(entry: TarEntryHeader): PlacedEntry;
  /** An entry for a directory that has none in the layer, by what is known of the base so far. */
  directory(path: string): TarEntryHeader | undefined;
}
