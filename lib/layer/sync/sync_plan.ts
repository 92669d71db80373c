/** Decides what a layer has to have so that a directory of the base becomes equal to a source. */

import { encodeBase64 } from "../../base/base64.ts";
import type { TarEntryHeader } from "../../tar/entry.ts";
import type { BaseTree } from "../base/base_tree.ts";
import type { BaseNode } from "../base/base_view.ts";
import { parentOf } from "../base/layer_listing.ts";
import { DIRECTORY_MODES } from "../files/base_directory.ts";
import { checked } from "../files/files_layer.ts";
import { compareImagePaths } from "../files/image_path.ts";
import { mergeSources, type PlacedFile } from "../files/merge_sources.ts";
import type { FileSource } from "../files/source_file.ts";
import { LayerError } from "../layer_error.ts";
import { compareEntry, findRemovals } from "./sync_difference.ts";
import type { HashFiles, SyncPlanOptions } from "./sync_options.ts";

/** What is to be written for one source. */
export interface SyncPlan {
  /** Whether nothing is. */
  readonly isEmpty: boolean;
  /** Paths, as in `SyncDifference`. */
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly deleted: readonly string[];
  /** Files of the source, sorted. */
  readonly files: () => Iterable<PlacedFile>;
  /** SHA-256 of the contents that were compared, in base64, of those files that are written. */
  readonly hashes: ReadonlyMap<string, string>;
  /** Directories that are not of the source. */
  readonly directories: ReadonlyMap<string, TarEntryHeader>;
  /** Whiteouts and opaque markers by the directories that they are in. */
  readonly markers: ReadonlyMap<string, readonly string[]>;
  /** The permission bits of an entry where those of the source say nothing. */
  readonly modeOf: (entry: TarEntryHeader) => number;
}

/** Compares a source with a directory of the base. */
export async function planSync(
  source: FileSource,
  tree: BaseTree,
  options: SyncPlanOptions,
): Promise<SyncPlan> {
  const isEmptySource = requireDirectory(source, options);
  const walk = (): Iterable<PlacedFile> => isEmptySource ? [] : checked(mergeSources([source]));
  const modeOf = (entry: TarEntryHeader): number => {
    const node = tree.entries.get(entry.path);
    const attributes = node?.kind === "file" ? node.attributes : attributesOf(node);
    return attributes?.mode ?? entry.mode;
  };
  const top = topDirectory(tree, options);
  if (tree.entries.size === 0) {
    return wholePlan(walk, tree, {
      isEmptySource,
      modeOf,
      top,
      lists: options.onDifference !== undefined,
    });
  }
  const comparison = await compareFiles(source, walk(), tree, options);
  const { written, seen, directories } = comparison;
  const removals = findRemovals(tree, {
    wanted: (path) => seen.get(path),
    isWritten: (path) => written.has(path),
    ignore: options.ignore,
  });
  const made = new Map<string, TarEntryHeader>();
  const needDirectory = (path: string | undefined): void => {
    for (let at = path; at !== undefined && at !== tree.path; at = parentOf(at)) {
      const own = directories.get(at);
      if (own !== undefined) written.set(at, own);
      else made.set(at, directoryHeader(at, tree.entries.get(at)));
    }
  };
  const added: string[] = [];
  const changed: string[] = [];
  for (const path of [...written.keys()]) (tree.entries.has(path) ? changed : added).push(path);
  for (const path of [...written.keys()]) needDirectory(parentOf(path));
  const markers = new Map<string, string[]>();
  removals.markers.forEach((marker, index) => {
    const parent = removals.parents[index] ?? "";
    needDirectory(parent);
    markers.set(parent, [...markers.get(parent) ?? [], marker]);
  });
  const isEmpty = written.size === 0 && markers.size === 0 && tree.node.kind !== "missing";
  made.set(tree.path, top);
  const files = [...written.values()].sort((a, b) => compareImagePaths(a.path, b.path));
  return {
    isEmpty,
    added: added.sort(compareImagePaths),
    changed: changed.sort(compareImagePaths),
    deleted: removals.deleted,
    files: () => files,
    hashes: comparison.hashes,
    directories: made,
    markers,
    modeOf,
  };
}

/** The plan where the base has nothing: the source is not walked before it is written. */
function wholePlan(
  walk: () => Iterable<PlacedFile>,
  tree: BaseTree,
  { isEmptySource, modeOf, top, lists }: {
    readonly isEmptySource: boolean;
    readonly modeOf: SyncPlan["modeOf"];
    readonly top: TarEntryHeader;
    readonly lists: boolean;
  },
): SyncPlan {
  return {
    isEmpty: isEmptySource && tree.node.kind === "directory",
    added: lists ? Array.from(walk(), ({ path }) => path) : [],
    changed: [],
    deleted: [],
    files: walk,
    hashes: new Map(),
    directories: new Map([[tree.path, top]]),
    markers: new Map(),
    modeOf,
  };
}

/** What comparing the files of a source gives. */
interface Comparison {
  /** Files that differ, by their paths. */
  readonly written: Map<string, PlacedFile>;
  /** Paths of the base that the source has too. */
  readonly seen: ReadonlyMap<string, "directory" | "leaf">;
  readonly directories: ReadonlyMap<string, PlacedFile>;
  readonly hashes: Map<string, string>;
}

async function compareFiles(
  source: FileSource,
  files: Iterable<PlacedFile>,
  tree: BaseTree,
  options: SyncPlanOptions,
): Promise<Comparison> {
  const written = new Map<string, PlacedFile>();
  const seen = new Map<string, "directory" | "leaf">();
  const directories = new Map<string, PlacedFile>();
  const hashes = new Map<string, string>();
  /** Names of files that have several. */
  const groups = new Map<string, PlacedFile[]>();
  const rules = { times: options.mtime === "keep", modes: options.modes !== false };
  function* toCompare(): Iterable<PlacedFile> {
    for (const placed of files) {
      const { path, file: { type, identity } } = placed;
      const node = tree.entries.get(path);
      if (node !== undefined) seen.set(path, type === "directory" ? "directory" : "leaf");
      if (type === "directory") directories.set(path, placed);
      if (identity !== undefined) {
        groups.set(identity, [...groups.get(identity) ?? [], placed]);
      }
      const verdict = compareEntry(headerOf(placed, options), node, rules);
      if (verdict === "compare contents") yield placed;
      else if (verdict !== "same") written.set(path, placed);
    }
  }
  const hashFiles = options.hashFiles ?? hashEach(options);
  for await (const { placed, hash } of hashFiles(source, toCompare())) {
    const node = tree.entries.get(placed.path);
    if (node?.kind === "file" && node.attributes?.hash === hash) continue;
    written.set(placed.path, placed);
    hashes.set(placed.path, hash);
  }
  for (const group of groups.values()) {
    if (isSameGroup(group, tree) && !group.some(({ path }) => written.has(path))) continue;
    for (const placed of group) written.set(placed.path, placed);
  }
  return { written, seen, directories, hashes };
}

/** Whether the base too has one file under all the names. */
function isSameGroup(group: readonly PlacedFile[], { entries }: BaseTree): boolean {
  const firsts = group.map(({ path }) => {
    const node = entries.get(path);
    return node?.kind === "file" ? node.attributes?.link ?? path : path;
  });
  return firsts.every((first) => first === firsts[0]);
}

function hashEach({ createHasher }: SyncPlanOptions): HashFiles {
  return async function* (_source, files): ReturnType<HashFiles> {
    for (const placed of files) {
      const hasher = createHasher();
      const content = placed.file.open?.() ?? [];
      for await (const chunk of content instanceof Uint8Array ? [content] : content) {
        await hasher.update(chunk);
      }
      yield { placed, hash: encodeBase64(await hasher.digest()) };
    }
  };
}

/** An entry as it would be written, but for what makes a name a further one. */
function headerOf(
  { path, file }: PlacedFile,
  { owner, chmod, mtime = 0 }: SyncPlanOptions,
): TarEntryHeader {
  const { type, linkPath } = file;
  const { uid = 0, gid = 0 } = owner ?? {};
  const mode = type === "symlink" ? 0o777 : chmod?.(file.mode, type === "directory") ?? file.mode;
  const time = mtime === "keep" ? file.mtime : mtime;
  const header = { path, type, mode, uid, gid, mtime: time, size: file.size };
  return linkPath === undefined ? header : { ...header, linkPath };
}

/** @returns whether there is nothing in it. */
function requireDirectory(source: FileSource, { allowEmpty = false }: SyncPlanOptions): boolean {
  const { name, destination } = source;
  const first = source.files()[Symbol.iterator]();
  const { done, value } = first.next();
  first.return?.();
  if (!done && value.path !== "") return false;
  if (!done && value.type !== "directory") {
    throw new LayerError(
      `Cannot sync "${name}" with "${destination}": it is a file, and no directory; add it instead`,
    );
  }
  if (allowEmpty) return true;
  throw new LayerError(
    `Cannot sync "${name}" with "${destination}": there is nothing in it, or all of it is ignored, and all that the image has there would be deleted`,
    { hint: { kind: "allow-empty" } },
  );
}

/** The entry of the directory itself: as the base has it. */
function topDirectory(
  { path, node }: BaseTree,
  { mtime = 0 }: SyncPlanOptions,
): TarEntryHeader {
  if (node.kind === "directory" && node.attributes !== undefined) {
    return directoryHeader(path, node);
  }
  const mode = DIRECTORY_MODES.find((one) => one.path === path)?.mode ?? 0o755;
  const header = directoryHeader(path, undefined);
  return { ...header, mode, mtime: mtime === "keep" ? 0 : mtime };
}

function directoryHeader(path: string, node: BaseNode | undefined): TarEntryHeader {
  const { mode = 0o755, uid = 0, gid = 0, mtime = 0 } = attributesOf(node) ?? {};
  return { path: `${path}/`, type: "directory", size: 0, mode, uid, gid, mtime };
}

function attributesOf(
  node: BaseNode | undefined,
):
  | { readonly mode: number; readonly uid: number; readonly gid: number; readonly mtime: number }
  | undefined {
  return node?.kind === "directory" ? node.attributes : undefined;
}
