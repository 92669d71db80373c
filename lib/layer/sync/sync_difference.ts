/** Compares a source with a directory of the base. */

import type { TarEntryHeader } from "../../tar/entry.ts";
import type { BaseTree } from "../base/base_tree.ts";
import type { BaseNode } from "../base/base_view.ts";
import type { FileAttributes } from "../base/listed_entry.ts";
import { isBaseDirectory } from "../files/base_directory.ts";
import type { Ignore, IgnoreMatch } from "../files/ignore.ts";
import { isBelow } from "../files/image_path.ts";
import { opaqueMarker, whiteoutOf } from "../files/removals.ts";

/** How a directory of the base differs from its source: paths from the root of the image, without a slash in front. */
export interface SyncDifference {
  /** Paths that only the source has. */
  readonly added: readonly string[];
  /** Paths that both have, with other contents or attributes. */
  readonly changed: readonly string[];
  /** Paths that only the base has; for a directory that is deleted as a whole, its own path alone. */
  readonly deleted: readonly string[];
}

/** How many paths a {@linkcode SyncDifference} has of each kind. */
export type SyncCounts = { readonly [Kind in keyof SyncDifference]: number };

/** Told what differs. The lists, which may have a million paths, are made only when they are read; the counts are known. */
export type OnDifference = (difference: SyncDifference, counts: SyncCounts) => void;

/** Options of {@linkcode compareEntry}. */
export interface CompareOptions {
  /** Whether modification times are compared. */
  readonly times: boolean;
  /** Whether permission bits are compared. */
  readonly modes: boolean;
}

/** How an entry of the source compares with the base. */
export type Verdict = "same" | "changed" | "added" | "compare contents";

/** Compares an entry as it would be written with what the base has at its path. */
export function compareEntry(
  entry: TarEntryHeader,
  node: BaseNode | undefined,
  { times, modes }: CompareOptions,
): Verdict {
  if (node === undefined || node.kind === "missing") return "added";
  const { type, mode, uid, gid, mtime, size } = entry;
  const isSameTime = (other: number): boolean => !times || Math.floor(other) === Math.floor(mtime);
  if (type === "symlink") {
    if (node.kind !== "symlink" || node.target !== entry.linkPath) return "changed";
    const { attributes } = node;
    if (attributes === undefined) return "changed";
    const isSameOwner = attributes.uid === uid && attributes.gid === gid;
    return isSameOwner && isSameTime(attributes.mtime) ? "same" : "changed";
  }
  if (node.kind === "symlink") return "changed";
  if ((type === "directory") !== (node.kind === "directory")) return "changed";
  // Directories that every image has are left as they are, as where files are added.
  if (type === "directory" && isBaseDirectory(entry.path)) return "same";
  const { attributes } = node;
  if (attributes === undefined || attributes.isExtended === true) return "changed";
  if (attributes.uid !== uid || attributes.gid !== gid) return "changed";
  if (modes && attributes.mode !== mode) return "changed";
  if (!isSameTime(attributes.mtime)) return "changed";
  if (type === "directory") return "same";
  return (attributes as FileAttributes).size === size ? "compare contents" : "changed";
}

/** What has to be removed of the base. */
export interface SyncRemovals {
  /** Paths of whiteouts and opaque markers, in the order of the paths that they remove. */
  readonly markers: readonly string[];
  /** Topmost paths that are removed. */
  readonly deleted: readonly string[];
  /** For each marker, the directory that it is in. */
  readonly parents: readonly string[];
}

/** A directory of the base while the removals below it are gathered. */
interface Frame {
  readonly path: string;
  /** Whether it stays, is removed unless something in it is ignored, or is replaced by something that is no directory. */
  readonly fate: "stays" | "removed" | "replaced";
  /** Whether it, or anything of the base in it, stays as it is. */
  keepsAny: boolean;
  readonly markers: string[];
  readonly deleted: string[];
}

/** Options of {@linkcode findRemovals}. */
export interface RemovalOptions {
  /** What the source has at the path of an entry of the base, given by its index in the tree: a directory, anything else, or nothing. */
  readonly sourceKind: (index: number) => "directory" | "leaf" | undefined;
  /** Whether the layer has an entry for a path, since it differs. */
  readonly isWritten: (path: string) => boolean;
  /** Decides what of the base is left as it is. */
  readonly ignore?: Ignore | undefined;
  /** Called for each entry of the base. */
  readonly onLook?: (() => void) | undefined;
}

/**
 * Finds what of the base has to be removed. A directory of which nothing stays becomes opaque, if that takes fewer entries than a whiteout
 * for each path.
 */
export function findRemovals(tree: BaseTree, options: RemovalOptions): SyncRemovals {
  const { sourceKind, isWritten, ignore, onLook } = options;
  const ignored = new IgnoredPaths(tree.path, ignore);
  const top = startFrame(tree.path, "stays", false);
  const frames: Frame[] = [top];
  const close = (): void => {
    const frame = frames.pop();
    const above = frames.at(-1);
    if (frame === undefined || above === undefined) return;
    const { path, fate, keepsAny } = frame;
    if (fate === "removed" && !keepsAny) return remove(path, above);
    if (keepsAny || fate !== "removed" && !isWritten(path)) above.keepsAny = true;
    for (const marker of fewestMarkers(frame)) above.markers.push(marker);
    for (const deleted of frame.deleted) above.deleted.push(deleted);
  };
  let index = -1;
  for (const [path, { kind }] of tree.entries()) {
    index++;
    onLook?.();
    let frame = top;
    for (frame = frames.at(-1) ?? top; frame !== top && !isBelow(path, frame.path);) {
      close();
      frame = frames.at(-1) ?? top;
    }
    if (frame.fate === "replaced" || frame.fate === "removed" && ignore === undefined) continue;
    const found = sourceKind(index);
    const fate = found === "directory" ? "stays" : found === "leaf" ? "replaced" : "removed";
    const isIgnored = fate === "removed" && ignored.has(path);
    if (kind === "directory") frames.push(startFrame(path, fate, isIgnored));
    else if (fate === "removed" && !isIgnored) remove(path, frame);
    else if (!isWritten(path)) frame.keepsAny = true;
  }
  while (frames.length > 1) close();
  const markers = fewestMarkers(top);
  const parents = markers.map((marker) => marker.slice(0, marker.lastIndexOf("/")));
  return { markers, deleted: top.deleted, parents };
}

function startFrame(path: string, fate: Frame["fate"], keepsAny: boolean): Frame {
  return { path, fate, keepsAny, markers: [], deleted: [] };
}

function remove(path: string, { markers, deleted }: Frame): void {
  deleted.push(path);
  markers.push(whiteoutOf(path));
}

function fewestMarkers({ path, keepsAny, markers }: Frame): readonly string[] {
  return !keepsAny && markers.length > 1 ? [opaqueMarker(path)] : markers;
}

/** Tells which paths of the base a source would leave out. */
export class IgnoredPaths {
  readonly #root: string;
  readonly #ignore: Ignore | undefined;
  /** Matches of directories only, since there may be very many files. */
  readonly #matches = new Map<string, IgnoreMatch>();

  constructor(root: string, ignore: Ignore | undefined) {
    this.#root = root;
    this.#ignore = ignore;
  }

  has(path: string): boolean {
    return this.#ignore !== undefined && this.#match(path.slice(this.#root.length + 1)).ignored;
  }

  #match(path: string): IgnoreMatch {
    const slash = path.lastIndexOf("/");
    const parent = slash < 0 ? undefined : this.#matchDirectory(path.slice(0, slash));
    return this.#ignore?.match(path, parent) ?? { ignored: false, hits: [] };
  }

  #matchDirectory(path: string): IgnoreMatch {
    const match = this.#matches.get(path) ?? this.#match(path);
    this.#matches.set(path, match);
    return match;
  }
}
