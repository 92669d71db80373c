/**
 * Layers of local files and of a program's own data, and changes to the entries of an archive.
 *
 * @module
 */

export { addFiles, type AddFilesOptions } from "../host/files/add_files.ts";
export { addPlatformFiles } from "../host/files/add_platform_files.ts";
export { platformPath } from "../host/files/platform_path.ts";
export { syncFiles, type SyncFilesOptions } from "../host/files/sync_files.ts";
export { editEntries, type EditEntriesOptions } from "../layer/edit_entries.ts";
export type { Addition } from "../layer/files/addition.ts";
export { type FileMode, parseFileMode } from "../layer/files/file_mode.ts";
export type { FilesLayerOptions } from "../layer/files/files_layer.ts";
export type { NamedLayerInput, PlainLayerInput, PlatformLayerInput } from "../layer/layer_input.ts";
export type { CacheStore } from "../storage/cache_store.ts";
export type { OnDifference, SyncCounts, SyncDifference } from "../layer/sync/sync_difference.ts";
export {
  type SyncDirectory,
  syncEntries,
  type SyncEntriesOptions,
  type SyncEntry,
} from "../layer/sync/sync_entries.ts";
export type { SyncOptions } from "../layer/sync/sync_options.ts";
export type { Owner } from "../layer/files/owner.ts";
