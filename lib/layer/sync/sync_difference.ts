/** How a directory of the base differs from what it is to be. */

import type { TarEntryHeader } from "../../tar/entry.ts";
import type { BaseTree } from "../base/base_tree.ts";
import type { BaseNode } from "../base/base_view.ts";
import type { FileAttributes } from "../base/layer_listing.ts";
import { isBaseDirectory } from "../files/base_directory.ts";
import type { Ignore, IgnoreMatch } from "../files/ignore.ts";
import { isBelow } from "../files/image_path.ts";
import { opaqueMarker, whiteoutOf } from "../files/removals.ts";

/** Paths from the root of the image, without a slash in front. */
export interface SyncDifference {
  /** What the base has not. */
  readonly added: readonly string[];
  /** What the base has otherwise. */
  readonly changed: readonly string[];
  /** What is only in the base; of a directory that goes as a whole, the directory alone. */
  readonly deleted: readonly string[];
}

/** What of an entry counts. */
export interface CompareOptions {
  /** Whether modification times count. */
  readonly times: boolean;
  /** Whether permission bits count. */
  readonly modes: boolean;
}

/** What is to be done with an entry that is wanted. */
export type Verdict = "same" | "changed" | "added" | "compare contents";

/** Compares an entry as it would be written with what the base has at its path. */
export function compareEntry(
  entry: TarEntryHeader,
  node: BaseNode | undefined,
  { times, modes }: CompareOptions,
): Verdict {
  if (node === undefined || node.kind === "missing") return "added";
  const { type, mode, uid, gid, mtime, size } = entry;
  const isTime = (other: number): boolean => !times || Math.floor(other) === Math.floor(mtime);
  if (type === "symlink") {
    if (node.kind !== "symlink" || node.target !== entry.linkPath) return "changed";
    const { attributes } = node;
    if (attributes === undefined) return "changed";
    const isOwn = attributes.uid === uid && attributes.gid === gid;
    return isOwn && isTime(attributes.mtime) ? "same" : "changed";
  }
  if (node.kind === "symlink") return "changed";
  if ((type === "directory") !== (node.kind === "directory")) return "changed";
  // What every image has is left as it is there, as where files are added.
  if (type === "directory" && isBaseDirectory(entry.path)) return "same";
  const { attributes } = node;
  if (attributes === undefined || attributes.isExtended === true) return "changed";
  if (attributes.uid !== uid || attributes.gid !== gid) return "changed";
  if (modes && attributes.mode !== mode) return "changed";
  if (!isTime(attributes.mtime)) return "changed";
  if (type === "directory") return "same";
  return (attributes as FileAttributes).size === size ? "compare contents" : "changed";
}

/** What has to be taken away, and which directories need an entry for that. */
export interface SyncRemovals {
  /** Paths of whiteouts and opaque markers, in the order of the paths that they are for. */
  readonly markers: readonly string[];
  /** Topmost paths that are gone. */
  readonly deleted: readonly string[];
  /** Directories that a marker is in. */
  readonly parents: readonly string[];
}

/** A directory of the base, as the removals below it are gathered. */
interface Frame {
  readonly path: string;
  /** Entries of the base below it that stay as they are. */
  kept: number;
  readonly markers: string[];
}

/** Options of {@linkcode findRemovals}. */
export interface RemovalOptions {
  /** Whether a path of the base is in the source too, as a directory or as anything else. */
  readonly wanted: (path: string) => "directory" | "leaf" | undefined;
  /** Whether it will be written. */
  readonly isWritten: (path: string) => boolean;
  /** What is left as it is. */
  readonly ignore?: Ignore | undefined;
}

/**
 * Finds what of a tree is to be gone. A directory of which nothing stays becomes opaque, where that takes fewer entries than a whiteout
 * for each path.
 */
export function findRemovals(tree: BaseTree, options: RemovalOptions): SyncRemovals {
  const { wanted, isWritten } = options;
  const paths = [...tree.entries.keys()];
  const ignored = new IgnoredPaths(tree.path, options.ignore);
  const deleted: string[] = [];
  const frames: Frame[] = [{ path: tree.path, kept: 0, markers: [] }];
  const close = (): void => {
    const frame = frames.pop();
    const above = frames.at(-1);
    if (frame === undefined || above === undefined) return;
    if (!isWritten(frame.path)) above.kept++;
    above.kept += frame.kept;
    above.markers.push(...asFew(frame));
  };
  for (let index = 0; index < paths.length; index++) {
    const path = paths[index] ?? "";
    while (frames.length > 1 && !isBelow(path, frames.at(-1)?.path ?? "")) close();
    const frame = frames.at(-1);
    if (frame === undefined) break;
    const kind = wanted(path);
    if (kind === "directory") {
      if (tree.entries.get(path)?.kind === "directory") {
        frames.push({ path, kept: 0, markers: [] });
      }
      continue;
    }
    const end = endOf(paths, index);
    if (kind === "leaf") {
      // What takes the place of a directory takes that of all that is in it.
      if (!isWritten(path)) frame.kept++;
    } else if (paths.slice(index, end).some((one) => ignored.has(one))) {
      frame.kept++;
      frames.push({ path, kept: 1, markers: [] });
      continue;
    } else {
      deleted.push(path);
      frame.markers.push(whiteoutOf(path));
    }
    index = end - 1;
  }
  while (frames.length > 1) close();
  const [top] = frames;
  const markers = top === undefined ? [] : asFew(top);
  const parents = markers.map((marker) => marker.slice(0, marker.lastIndexOf("/")));
  return { markers, deleted, parents };
}

function asFew({ path, kept, markers }: Frame): readonly string[] {
  return kept === 0 && markers.length > 1 ? [opaqueMarker(path)] : markers;
}

/** The index behind all that is below a path. */
function endOf(paths: readonly string[], start: number): number {
  const path = paths[start] ?? "";
  let end = start + 1;
  while (end < paths.length && isBelow(paths[end] ?? "", path)) end++;
  return end;
}

/** Tells which paths of the base a source would have left out. */
export class IgnoredPaths {
  readonly #root: string;
  readonly #ignore: Ignore | undefined;
  readonly #matches = new Map<string, IgnoreMatch>();

  constructor(root: string, ignore: Ignore | undefined) {
    this.#root = root;
    this.#ignore = ignore;
  }

  has(path: string): boolean {
    return this.#ignore !== undefined && this.#match(path.slice(this.#root.length + 1)).ignored;
  }

  #match(path: string): IgnoreMatch {
    const known = this.#matches.get(path);
    if (known !== undefined) return known;
    const slash = path.lastIndexOf("/");
    const parent = slash < 0 ? undefined : this.#match(path.slice(0, slash));
    const match = this.#ignore?.match(path, parent) ?? { ignored: false, hits: [] };
    this.#matches.set(path, match);
    return match;
  }
}
