/** What a layer deletes of the layers below it: OCI image spec 1.1, layer.md, "Whiteouts". */

import { compareImagePaths, isBelow, joinImagePath, normalizeImagePath } from "./image_path.ts";
import { mergeSources } from "./merge_sources.ts";
import type { FileSource } from "./source_file.ts";

/** Prefix of whiteouts: entries that delete what has the rest of their name. */
export const WHITEOUT = ".wh.";
/** Name of the opaque whiteout, which hides what the layers below have in its directory. */
export const OPAQUE = ".wh..wh..opq";

/** A path of the layers below to delete, or a directory whose contents are to be hidden. */
export interface Removal {
  readonly path: string;
  readonly kind: "deletion" | "opaque";
}

/** The removals of a layer in the form in which they are written. */
export interface SettledRemovals {
  /** Paths of whiteouts, in order. */
  readonly whiteouts: readonly string[];
  /** Deleted paths that the layer has as directories, in order: each gets an opaque directory. */
  readonly replaced: readonly string[];
}

/**
 * Reads paths into removals, sorted. What lies in another one's is gone with it and left out: its whiteout would bring back the
 * directories above itself.
 *
 * @throws {SyntaxError} if a path cannot be one in an image, or be removed.
 */
export function readRemovals(
  { deletions = [], opaque = [] }: {
    readonly deletions?: readonly string[] | undefined;
    readonly opaque?: readonly string[] | undefined;
  },
): readonly Removal[] {
  const all = [
    ...deletions.map((text): Removal => ({ kind: "deletion", path: parseDeletion(text) })),
    ...opaque.map((text): Removal => ({ kind: "opaque", path: parseOpaque(text) })),
  ];
  // The sort is stable: of the same path, the deletion stays first.
  all.sort((a, b) => compareImagePaths(a.path, b.path));
  const kept: Removal[] = [];
  for (const removal of all) {
    const last = kept.at(-1);
    if (last === undefined || !isWithin(removal.path, last.path)) kept.push(removal);
  }
  return kept;
}

/**
 * Reads a path that is to be deleted, and normalizes it.
 *
 * @throws {SyntaxError} if it cannot be.
 */
export function parseDeletion(text: string): string {
  const path = normalizeImagePath(text);
  const name = path.slice(path.lastIndexOf("/") + 1);
  if (name !== "" && !name.startsWith(WHITEOUT)) return path;
  throw new SyntaxError(
    `expected a path of the base that can be deleted, got ${JSON.stringify(text)}`,
  );
}

/**
 * Reads a directory whose contents are to be hidden, and normalizes it.
 *
 * @throws {SyntaxError} if they cannot be.
 */
export function parseOpaque(text: string): string {
  const path = normalizeImagePath(text);
  if (path !== "") return path;
  // Docker, Podman and containerd let the marker pass there, and hide nothing.
  throw new SyntaxError(
    `expected a directory below the root, got ${
      JSON.stringify(text)
    }: no engine hides a whole base; name directories of it, or start from "scratch"`,
  );
}

/** Whether nothing of the layers below is left at a path. */
export function isRemoved(path: string, removals: readonly Removal[]): boolean {
  return removals.some((removal) =>
    isBelow(path, removal.path) || removal.kind === "deletion" && path === removal.path
  );
}

/**
 * Decides how removals are written. A whiteout hides only layers below, and engines with overlays cannot hold one beside its
 * namesake in one layer: a file takes the place of what is there by itself, and a directory has to be made opaque instead.
 *
 * Sources that have to do with a removal are walked for it.
 */
export function settleRemovals(
  removals: readonly Removal[],
  sources: readonly FileSource[],
): SettledRemovals {
  const whiteouts: string[] = [];
  const replaced: string[] = [];
  const keep = ({ kind, path }: Removal): void => {
    whiteouts.push(kind === "opaque" ? opaqueMarker(path) : whiteoutOf(path));
  };
  let next = 0;
  for (const { path, file } of mergeSources(sources.filter((one) => concerns(one, removals)))) {
    const isDirectory = file.type === "directory";
    for (let removal = removals[next]; removal !== undefined; removal = removals[++next]) {
      if (isWithin(path, removal.path)) {
        // The first one that is added there, which is what comes to be at the path itself.
        if (path === removal.path && !isDirectory) continue;
        if (removal.kind === "deletion") replaced.push(removal.path);
        else keep(removal);
      } else if (isDirectory || !isBelow(removal.path, path)) {
        if (compareImagePaths(path, removal.path) < 0) break;
        keep(removal);
      }
    }
    if (next === removals.length) break;
  }
  for (const removal of removals.slice(next)) keep(removal);
  return { whiteouts: whiteouts.sort(compareImagePaths), replaced };
}

/** Whether something of a source may come to be at, above or below a removal's path. */
function concerns({ destination }: FileSource, removals: readonly Removal[]): boolean {
  const path = normalizeImagePath(destination);
  return removals.some((removal) =>
    path === "" || isWithin(path, removal.path) || isBelow(removal.path, path)
  );
}

/** The name that hides what the layers below have in a directory. */
export function opaqueMarker(directory: string): string {
  return joinImagePath(directory, OPAQUE);
}

/** The name that hides what the layers below have at a path. */
export function whiteoutOf(path: string): string {
  const slash = path.lastIndexOf("/") + 1;
  return `${path.slice(0, slash)}${WHITEOUT}${path.slice(slash)}`;
}

function isWithin(path: string, directory: string): boolean {
  return path === directory || isBelow(path, directory);
}
