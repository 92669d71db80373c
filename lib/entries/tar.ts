/**
 * Writes tar archives.
 *
 * @module
 */

export type { PaxRecord, TarEntry, TarEntryHeader, TarEntryType } from "../tar/entry.ts";
export { writeTar } from "../tar/writer.ts";
