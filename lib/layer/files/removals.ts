/** What a layer deletes of the layers below it: OCI image spec 1.1, layer.md, "Whiteouts". */

import { compareImagePaths, isBelow, joinImagePath, normalizeImagePath } from "./image_path.ts";
import { mergeSources } from "./merge_sources.ts";
import type { FileSource } from "./source_file.ts";

/** Prefix of a whiteout: an entry that deletes the path with the rest of its name. */
export const WHITEOUT = ".wh.";
/** Name of the opaque marker, which hides what the layers below have in its directory. */
export const OPAQUE = ".wh..wh..opq";

/** Prefix of names that are no whiteouts, but have another meaning. */
export const META_WHITEOUT: string = `${WHITEOUT}${WHITEOUT}`;

/** Whether a path has the name of a whiteout. */
export function isWhiteout(path: string): boolean {
  return path.startsWith(WHITEOUT, path.lastIndexOf("/") + 1);
}

/** A path of the layers below to delete, or a directory whose contents are to be hidden. */
export interface Removal {
  readonly path: string;
  readonly kind: "deletion" | "opaque";
}

/** The removals of a layer, as they are written. */
export interface RemovalPlan {
  /** Paths of the whiteout entries, sorted. */
  readonly whiteouts: readonly string[];
  /** Deleted paths at which the layer has a directory, sorted: these become opaque. */
  readonly replaced: readonly string[];
}

/**
 * Reads and sorts removals. A removal below another one is left out, since it is removed anyway, and its whiteout would create its parent
 * directories again.
 *
 * @throws {SyntaxError} if a path cannot be one in an image, or cannot be removed.
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
 * Normalizes a path that is to be deleted.
 *
 * @throws {SyntaxError} if it cannot be deleted.
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
 * Normalizes a directory whose contents are to be hidden.
 *
 * @throws {SyntaxError} if it is the root.
 */
export function parseOpaque(text: string): string {
  const path = normalizeImagePath(text);
  if (path !== "") return path;
  // Docker, Podman and containerd ignore an opaque marker in the root.
  throw new SyntaxError(
    `expected a directory below the root, got ${
      JSON.stringify(text)
    }: no engine hides a whole base; name directories of it, or start from "scratch"`,
  );
}

/** Whether a path of the layers below is removed. */
export function isRemoved(path: string, removals: readonly Removal[]): boolean {
  return removals.some((removal) =>
    isBelow(path, removal.path) || removal.kind === "deletion" && path === removal.path
  );
}

/**
 * Decides how removals are written. Engines with overlays do not support a whiteout and an entry of the same path in one layer: a file
 * replaces the base's entry without a whiteout, and a directory is made opaque instead.
 *
 * Sources that may add something at, above or below a removed path are walked for this.
 */
export function planRemovals(
  removals: readonly Removal[],
  sources: readonly FileSource[],
): RemovalPlan {
  const whiteouts: string[] = [];
  const replaced: string[] = [];
  const keep = ({ kind, path }: Removal): void => {
    whiteouts.push(kind === "opaque" ? opaqueMarker(path) : whiteoutOf(path));
  };
  let next = 0;
  const related = sources.filter((source) => isRelated(source, removals));
  for (const { path, file } of mergeSources(related)) {
    const isDirectory = file.type === "directory";
    for (let removal = removals[next]; removal !== undefined; removal = removals[++next]) {
      if (isWithin(path, removal.path)) {
        // The first file that is added at or below the removed path.
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

/** Whether a source may add something at, above or below a removed path. */
function isRelated({ destination }: FileSource, removals: readonly Removal[]): boolean {
  const path = normalizeImagePath(destination);
  return removals.some((removal) =>
    path === "" || isWithin(path, removal.path) || isBelow(removal.path, path)
  );
}

/** The path of the opaque marker of a directory. */
export function opaqueMarker(directory: string): string {
  return joinImagePath(directory, OPAQUE);
}

/** The path of the whiteout of a path. */
export function whiteoutOf(path: string): string {
  const slash = path.lastIndexOf("/") + 1;
  return `${path.slice(0, slash)}${WHITEOUT}${path.slice(slash)}`;
}

function isWithin(path: string, directory: string): boolean {
  return path === directory || isBelow(path, directory);
}
