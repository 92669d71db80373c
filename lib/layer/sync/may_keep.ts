/** Decides whether a layer stays below a new one of the same name, which is then no more than a difference. */

import { gatherTree } from "../base/base_tree.ts";
import { type BaseNode, BaseView } from "../base/base_view.ts";
import { newDirectory } from "../base/every_parent.ts";
import type { LayerListing } from "../base/layer_listing.ts";
import type { ListedEntry } from "../base/listed_entry.ts";
import type { Ignore } from "../files/ignore.ts";
import { isBelow } from "../files/image_path.ts";
import { IgnoredPaths } from "./sync_difference.ts";

/** What new layers make equal to a source. */
export interface SyncedPaths {
  /** Directories of the image, without links on the way. */
  readonly paths: readonly string[];
  /** What stays there as it is. */
  readonly ignore: Ignore | undefined;
}

/**
 * Whether the uppermost layer may stay: what it says of the image is of the directories alone, as a layer that makes them equal would say
 * it, and of nothing that is ignored there. Else a new layer above it, which has to do with those directories only, would leave more of it.
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
  const isIn = (path: string): boolean => paths.some((one) => isBelow(path, one));
  for (const [path, entry] of own.entries()) {
    if (isIn(path)) continue;
    const isAbove = paths.some((one) => path === one || isBelow(one, path));
    if (!isAbove || !isAsIn(view.look(path), entry, path)) return false;
  }
  const { whiteouts, opaque } = own.removals();
  for (const path of whiteouts) if (!isIn(path)) return false;
  for (const path of opaque) if (!isIn(path) && !paths.includes(path)) return false;
  if (ignore === undefined) return true;
  return paths.every((path) =>
    ignoredOf(listings, path, ignore) === ignoredOf(below, path, ignore)
  );
}

/** Whether the entry of a directory changes nothing of the one below, or makes one as it is made where there is none. */
function isAsIn(node: BaseNode | undefined, entry: ListedEntry, path: string): boolean {
  if (entry.kind !== "directory") return false;
  // Layers below were not read: the upper one hides them.
  if (node === undefined) return true;
  const made = newDirectory(path);
  const { mode, uid, gid } = node.kind === "directory" ? node.attributes ?? made : made;
  return entry.mode === mode && entry.uid === uid && entry.gid === gid;
}

/** All that is ignored at a path, as one text. */
function ignoredOf(listings: readonly LayerListing[], path: string, ignore: Ignore): string {
  const ignored = new IgnoredPaths(path, ignore);
  const kept: (readonly [string, BaseNode])[] = [];
  for (const entry of gatherTree(new BaseView(listings), listings, path).entries()) {
    if (ignored.has(entry[0])) kept.push(entry);
  }
  return JSON.stringify(kept);
}
