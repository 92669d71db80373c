/** How a directory of the base differs from what it is to be. */

import type { TarEntryHeader } from "../../tar/entry.ts";
import type { BaseTree } from "../base/base_tree.ts";
import type { BaseNode } from "../base/base_view.ts";
import type { FileAttributes } from "../base/listed_entry.ts";
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

/** How many paths a {@linkcode SyncDifference} has of each kind. */
export type SyncCounts = { readonly [Kind in keyof SyncDifference]: number };

/** Told what differs. The lists, which may have a million paths, are made when they are asked for; the counts are there. */
export type OnDifference = (difference: SyncDifference, counts: SyncCounts) => void;

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
  /** Whether it stays, is gone unless something in it is ignored, or something else takes its place and that of all that is in it. */
  readonly fate: "stays" | "goes" | "replaced";
  /** Whether anything of the base in it, or it itself, stays as it is. */
  keeps: boolean;
  readonly markers: string[];
  readonly deleted: string[];
}

/** Options of {@linkcode findRemovals}. */
export interface RemovalOptions {
  /** Whether an entry of the base, by its place in the tree, is in the source too, as a directory or as anything else. */
  readonly wanted: (index: number) => "directory" | "leaf" | undefined;
  /** Whether a path differs, so that it will be written. */
  readonly isWritten: (path: string) => boolean;
  /** What is left as it is. */
  readonly ignore?: Ignore | undefined;
  /** Called for each entry of the base. */
  readonly onLook?: (() => void) | undefined;
}

/**
 * Finds what of a tree is to be gone. A directory of which nothing stays becomes opaque, where that takes fewer entries than a whiteout
 * for each path.
 */
export function findRemovals(tree: BaseTree, options: RemovalOptions): SyncRemovals {
  const { wanted, isWritten, ignore, onLook } = options;
  const ignored = new IgnoredPaths(tree.path, ignore);
  const top = startFrame(tree.path, "stays", false);
  const frames: Frame[] = [top];
  const close = (): void => {
    const frame = frames.pop();
    const above = frames.at(-1);
    if (frame === undefined || above === undefined) return;
    const { path, fate, keeps } = frame;
    if (fate === "goes" && !keeps) return remove(path, above);
    if (keeps || fate !== "goes" && !isWritten(path)) above.keeps = true;
    for (const marker of asFew(frame)) above.markers.push(marker);
    for (const one of frame.deleted) above.deleted.push(one);
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
    if (frame.fate === "replaced" || frame.fate === "goes" && ignore === undefined) continue;
    const found = wanted(index);
    const fate = found === "directory" ? "stays" : found === "leaf" ? "replaced" : "goes";
    const isIgnored = fate === "goes" && ignored.has(path);
    if (kind === "directory") frames.push(startFrame(path, fate, isIgnored));
    else if (fate === "goes" && !isIgnored) remove(path, frame);
    else if (!isWritten(path)) frame.keeps = true;
  }
  while (frames.length > 1) close();
  const markers = asFew(top);
  const parents = markers.map((marker) => marker.slice(0, marker.lastIndexOf("/")));
  return { markers, deleted: top.deleted, parents };
}

function startFrame(path: string, fate: Frame["fate"], keeps: boolean): Frame {
  return { path, fate, keeps, markers: [], deleted: [] };
}

function remove(path: string, { markers, deleted }: Frame): void {
  deleted.push(path);
  markers.push(whiteoutOf(path));
}

function asFew({ path, keeps, markers }: Frame): readonly string[] {
  return !keeps && markers.length > 1 ? [opaqueMarker(path)] : markers;
}

/** Tells which paths of the base a source would have left out. */
export class IgnoredPaths {
  readonly #root: string;
  readonly #ignore: Ignore | undefined;
  /** Of directories that something was asked below: of all paths there may be very many. */
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
