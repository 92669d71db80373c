/** Makes a layer of files: the same files give the same bytes, whoever has them on whatever disk. */

import type { ByteStream } from "../base/bytes.ts";
import type { TarEntry } from "../tar/entry.ts";
import { writeTar } from "../tar/writer.ts";
import type { FileMode } from "./file_mode.ts";
import { compareImagePaths, joinImagePath, normalizeImagePath } from "./image_path.ts";
import { isBaseDirectory } from "./base_directory.ts";
import { mergeSources, type PlacedFile } from "./merge_sources.ts";
import type { Owner } from "./owner.ts";
import type { FileSource } from "./source_file.ts";

/** What a layer is made of, and how its entries are to look. */
export interface FilesOptions {
  /** Where several have the same path, the last one goes into the layer. */
  readonly sources?: readonly FileSource[] | undefined;
  /** Paths of the image that are to be gone. */
  readonly deletions?: readonly string[] | undefined;
  /** Directories of the image whose contents are to be gone, but for what this layer puts there. */
  readonly opaque?: readonly string[] | undefined;
  /** @default {{ uid: 0, gid: 0 }} */
  readonly owner?: Owner | undefined;
  /** @default the files' own */
  readonly chmod?: FileMode | undefined;
  /**
   * Seconds since 1970, or "keep" for the files' own, in whole seconds as GNU tar keeps them.
   *
   * @default {0}
   */
  readonly mtime?: number | "keep" | undefined;
}

/** OCI image spec 1.1, layer.md, "Whiteouts". */
const WHITEOUT = ".wh.";
const OPAQUE = ".wh..wh..opq";

/**
 * Describes a layer; nothing is read before it is opened, and each time it is opened the files are read anew.
 *
 * Deletions come first, then the files, sorted by path. Directories above the destinations have no entry, and neither have those
 * that every image has (`usr/lib`), so that the base's own modes and symlinks stay as they are.
 *
 * @returns a function that opens the archive: an input for a layer.
 * @throws {SyntaxError} if a path cannot be one in an image, or one to be deleted is the root.
 */
export function filesLayer(options: FilesOptions): () => ByteStream {
  const whiteouts = [
    ...(options.deletions ?? []).map(whiteoutPath),
    ...(options.opaque ?? []).map((path) => joinImagePath(normalizeImagePath(path), OPAQUE)),
  ].sort(compareImagePaths);
  const sources = options.sources ?? [];
  for (const { destination } of sources) normalizeImagePath(destination);
  return () => writeTar(entries(sources, new Set(whiteouts), options));
}

function whiteoutPath(text: string): string {
  const path = normalizeImagePath(text);
  const slash = path.lastIndexOf("/");
  const name = path.slice(slash + 1);
  if (name === "" || name.startsWith(WHITEOUT)) {
    throw new SyntaxError(
      `expected a path of the base that can be deleted, got ${JSON.stringify(text)}`,
    );
  }
  return `${path.slice(0, slash + 1)}${WHITEOUT}${name}`;
}

function* entries(
  sources: readonly FileSource[],
  whiteouts: Iterable<string>,
  { owner = { uid: 0, gid: 0 }, chmod, mtime = 0 }: FilesOptions,
): Iterable<TarEntry> {
  for (const path of whiteouts) {
    const time = mtime === "keep" ? 0 : mtime;
    yield { path, type: "file", mode: 0o644, mtime: time, size: 0, uid: owner.uid, gid: owner.gid };
  }
  /** First names of files that have several. */
  const firstNames = new Map<string, string>();
  for (const file of withoutBaseDirectories(checked(mergeSources(sources)))) {
    const { path, type, identity, linkPath } = file;
    const isDirectory = type === "directory";
    const header = {
      path,
      mode: type === "symlink" ? 0o777 : chmod?.(file.mode, isDirectory) ?? file.mode,
      uid: owner.uid,
      gid: owner.gid,
      mtime: mtime === "keep" ? file.mtime : mtime,
      ...file.made,
    };
    const first = identity === undefined ? undefined : firstNames.get(identity);
    if (first !== undefined) yield { ...header, type: "hard-link", size: 0, linkPath: first };
    else {
      if (identity !== undefined) firstNames.set(identity, path);
      if (type === "symlink") yield { ...header, type, size: 0, linkPath: linkPath ?? "" };
      else if (isDirectory) yield { ...header, type, size: 0 };
      else yield { ...header, type, size: file.size, content: file.open?.() ?? new Uint8Array(0) };
    }
  }
}

/** Refuses what an image could not hold as it is meant. */
function* checked(files: Iterable<PlacedFile>): Iterable<PlacedFile> {
  /** The last entry that was no directory: nothing can be below it. */
  let leaf: PlacedFile | undefined;
  for (const file of files) {
    const { path, name } = file;
    if (file.made === undefined && path.slice(path.lastIndexOf("/") + 1).startsWith(WHITEOUT)) {
      throw new Error(
        `Cannot add "${name}": in a layer, a name that starts with "${WHITEOUT}" deletes a file`,
      );
    }
    if (leaf !== undefined && path.startsWith(`${leaf.path}/`)) {
      throw new Error(
        `Cannot add "${name}" at "/${path}": "${leaf.name}" is added as a file at "/${leaf.path}"`,
      );
    }
    if (file.type !== "directory") leaf = file;
    yield file;
  }
}

/** Leaves out directories that the base has, unless they are empty: then they are what was meant to be added. */
function* withoutBaseDirectories(files: Iterable<PlacedFile>): Iterable<PlacedFile> {
  let held: PlacedFile | undefined;
  for (const file of files) {
    if (held !== undefined && !file.path.startsWith(`${held.path}/`)) yield held;
    held = undefined;
    if (file.type === "directory" && file.made === undefined && isBaseDirectory(file.path)) {
      held = file;
    } else yield file;
  }
  if (held !== undefined) yield held;
}
