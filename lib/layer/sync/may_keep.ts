/** Decides whether an earlier layer stays below a new one of the same name, so that the new one has only the difference. */

import { gatherTree } from "../base/base_tree.ts";
import { type BaseNode, BaseView } from "../base/base_view.ts";
import { newDirectory } from "../files/base_directory.ts";
import type { LayerListing } from "../base/layer_listing.ts";
import type { ListedEntry } from "../base/listed_entry.ts";
import type { Ignore } from "../files/ignore.ts";
import { isBelow } from "../files/image_path.ts";
import { IgnoredPaths } from "./sync_difference.ts";

/** The directories that a new layer makes equal to a source. */
export interface SyncedPaths {
  /** Paths of the directories, without symbolic links. */
  readonly paths: readonly string[];
  /** What is left as it is in them. */
  readonly ignore: Ignore | undefined;
}

/**
 * Whether the uppermost layer may stay: it must have entries for the given directories only, as a sync writes them, and none for ignored
 * paths. Otherwise the new layer, which changes those directories only, would leave other changes of the earlier one in the image.
 *
 * @param listings From the top down.
 */
export function mayKeep(
  listings: readonly LayerListing[],
  { paths, ignore }: SyncedPaths,
): boolean {
  const [own, ...below] = listings;
  if (own === undefined) return true;
  const view = new BaseView(below);
  const isIn = (path: string): boolean => paths.some((synced) => isBelow(path, synced));
  for (const [path, entry] of own.entries()) {
    if (isIn(path)) continue;
    const isAbove = paths.some((synced) => path === synced || isBelow(synced, path));
    if (!isAbove || !isUnchanged(view.look(path), entry, path)) return false;
  }
  const { whiteouts, opaque } = own.removals();
  for (const path of whiteouts) if (!isIn(path)) return false;
  for (const path of opaque) if (!isIn(path) && !paths.includes(path)) return false;
  if (ignore === undefined) return true;
  return paths.every((path) =>
    ignoredOf(listings, path, ignore) === ignoredOf(below, path, ignore)
  );
}

/** Whether an entry leaves the directory of the layers below as it is, or makes a new one with the usual attributes. */
function isUnchanged(node: BaseNode | undefined, entry: ListedEntry, path: string): boolean {
  if (entry.kind !== "directory") return false;
  // The layers below were not read, since the upper one hides the path.
  if (node === undefined) return true;
  const made = newDirectory(path);
  const { mode, uid, gid } = node.kind === "directory" ? node.attributes ?? made : made;
  return entry.mode === mode && entry.uid === uid && entry.gid === gid;
}

/** The ignored paths below a directory, with their attributes, as one text. */
function ignoredOf(listings: readonly LayerListing[], path: string, ignore: Ignore): string {
  const ignored = new IgnoredPaths(path, ignore);
  const kept: (readonly [string, BaseNode])[] = [];
  for (const entry of gatherTree(new BaseView(listings), listings, path).entries()) {
    if (ignored.has(entry[0])) kept.push(entry);
  }
  return JSON.stringify(kept);
}
