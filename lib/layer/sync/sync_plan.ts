/** Decides what a layer has to have so that a directory of the base becomes equal to a source. */

import { decodeBase64, encodeBase64 } from "../../base/base64.ts";
import type { TarEntryHeader } from "../../tar/entry.ts";
import type { BaseTree } from "../base/base_tree.ts";
import type { BaseNode } from "../base/base_view.ts";
import { newDirectory } from "../base/every_parent.ts";
import { checked } from "../files/files_layer.ts";
import { compareImagePaths, joinImagePath, parentOf } from "../files/image_path.ts";
import { mergeSources, type PlacedFile } from "../files/merge_sources.ts";
import type { FileSource, SourceFile } from "../files/source_file.ts";
import { LayerError } from "../layer_error.ts";
import { PathTable } from "../path_table.ts";
import { compareEntry, findRemovals, type SyncRemovals } from "./sync_difference.ts";
import type { ComparedFile, HashFiles, SyncPlanOptions } from "./sync_options.ts";
import { WrittenPaths } from "./written_paths.ts";

/** What is to be written for one source. */
export interface SyncPlan {
  /** Whether nothing is. */
  readonly isEmpty: boolean;
  /**
   * Paths, as in `SyncDifference`; the first two only where somebody is told of them. Those that are added may be all, and the source is
   * walked for them.
   */
  readonly added: () => Iterable<string>;
  readonly changed: readonly string[];
  readonly deleted: readonly string[];
  /** Files of the source that are written, sorted; the source is walked anew for them, as there may be very many. */
  readonly files: () => Iterable<PlacedFile>;
  /** The part of its hash (`hashPart`) that a file has to have whose content was compared. */
  readonly hashPartOf: (path: string) => number | undefined;
  /** Directories that are not of the source. */
  readonly directories: ReadonlyMap<string, TarEntryHeader>;
  /** Whiteouts and opaque markers by the directories that they are in. */
  readonly markers: ReadonlyMap<string, readonly string[]>;
  /** The permission bits of an entry where those of the source say nothing. */
  readonly modeOf: (entry: TarEntryHeader) => number;
}

const NO_REMOVALS: SyncRemovals = { markers: [], deleted: [], parents: [] };

/** Compares a source with a directory of the base. */
export async function planSync(
  source: FileSource,
  tree: BaseTree,
  options: SyncPlanOptions,
): Promise<SyncPlan> {
  const isEmptySource = requireDirectory(source, options);
  const walk = (isEntered?: (path: string) => boolean): Iterable<PlacedFile> => {
    if (isEmptySource) return [];
    const files = (): Iterable<SourceFile> =>
      source.files(isEntered && ((path) => isEntered(joinImagePath(tree.path, path))));
    return checked(mergeSources([{ ...source, files }]));
  };
  const modeOf = (entry: TarEntryHeader): number => {
    const node = tree.find(entry.path);
    const attributes = node?.kind === "file" ? node.attributes : attributesOf(node);
    return attributes?.mode ?? entry.mode;
  };
  const top = topDirectory(tree, options);
  if (isEmptyTree(tree)) {
    return wholePlan(walk, tree, {
      isEmptySource,
      modeOf,
      top,
    });
  }
  const compared = await compareFiles(source, walk(), tree, options);
  const { written, seen, made, needDirectory, added, changed } = compared;
  const removals = !compared.hasGone ? NO_REMOVALS : findRemovals(tree, {
    wanted: (index) => seen[index],
    isWritten: (path) => written.differs(path),
    ignore: options.ignore,
    onLook: options.onLook,
  });
  const markers = new Map<string, string[]>();
  removals.markers.forEach((marker, index) => {
    const parent = removals.parents[index] ?? "";
    needDirectory(parent);
    const others = markers.get(parent);
    if (others === undefined) markers.set(parent, [marker]);
    else others.push(marker);
  });
  const isEmpty = written.size === 0 && markers.size === 0 && tree.node.kind !== "missing";
  made.set(tree.path, top);
  return {
    isEmpty,
    added: () => added,
    changed: changed.sort(compareImagePaths),
    deleted: removals.deleted,
    files: () => written.select(walk((path) => written.has(path)), source.name),
    hashPartOf: (path) => written.hashPartOf(path),
    directories: made,
    markers,
    modeOf,
  };
}

function isEmptyTree(tree: BaseTree): boolean {
  for (const _entry of tree.entries()) return false;
  return true;
}

/** The plan where the base has nothing: the source is not walked before it is written. */
function wholePlan(
  walk: () => Iterable<PlacedFile>,
  tree: BaseTree,
  { isEmptySource, modeOf, top }: {
    readonly isEmptySource: boolean;
    readonly modeOf: SyncPlan["modeOf"];
    readonly top: TarEntryHeader;
  },
): SyncPlan {
  return {
    isEmpty: isEmptySource && tree.node.kind === "directory",
    *added(): Iterable<string> {
      for (const { path } of walk()) yield path;
    },
    changed: [],
    deleted: [],
    files: walk,
    hashPartOf: () => undefined,
    directories: new Map([[tree.path, top]]),
    markers: new Map(),
    modeOf,
  };
}

/** What comparing the files of a source gives. */
interface Comparison {
  readonly written: WrittenPaths;
  /** Entries of the base that the source has too, by their places in the tree. */
  readonly seen: readonly ("directory" | "leaf" | undefined)[];
  /** Whether the base has anything that the source has not. */
  readonly hasGone: boolean;
  /** Directories that are not of the source. */
  readonly made: Map<string, TarEntryHeader>;
  /** Has a directory written, and those above it. */
  readonly needDirectory: (path: string | undefined) => void;
  readonly added: string[];
  readonly changed: string[];
}

async function compareFiles(
  source: FileSource,
  files: Iterable<PlacedFile>,
  tree: BaseTree,
  options: SyncPlanOptions,
): Promise<Comparison> {
  const written = new WrittenPaths();
  const seen: ("directory" | "leaf" | undefined)[] = [];
  const directories = new PathTable();
  const [added, changed]: [string[], string[]] = [[], []];
  /** Names of files that have several. */
  const groups = new Map<string, string[]>();
  const rules = { times: options.mtime === "keep", modes: options.modes !== false };
  const lists = options.onDifference !== undefined;
  let hasGone = false;
  const made = new Map<string, TarEntryHeader>();
  const needDirectory = (path: string | undefined): void => {
    for (let at = path; at !== undefined && at !== tree.path; at = parentOf(at)) {
      const isOfSource = directories.get(at) !== 0;
      if (isOfSource ? !written.addDirectory(at) : made.has(at)) return;
      if (!isOfSource) made.set(at, directoryHeader(at, tree.find(at)));
    }
  };
  const write = (path: string, type: SourceFile["type"], isNew: boolean, hash?: string): void => {
    if (!written.add(path, type, hash === undefined ? undefined : decodeBase64(hash))) return;
    needDirectory(parentOf(path));
    if (lists) (isNew ? added : changed).push(path);
  };
  function* toCompare(): Iterable<ComparedFile> {
    const base = tree.entries()[Symbol.iterator]();
    let head = base.next();
    for (const placed of files) {
      const { path, file, source } = placed;
      const { type, identity } = file;
      let order = 1;
      for (; !head.done; head = base.next()) {
        order = compareImagePaths(head.value[0], path);
        if (order >= 0) break;
        seen.push(undefined);
        hasGone = true;
      }
      const node = head.done || order !== 0 ? undefined : head.value[1];
      if (node !== undefined) {
        seen.push(type === "directory" ? "directory" : "leaf");
        head = base.next();
      }
      if (type === "directory") directories.set(path, 1);
      if (identity !== undefined) {
        groups.set(identity, [...groups.get(identity) ?? [], path]);
      }
      const verdict = compareEntry(headerOf(placed, options), node, rules);
      if (verdict === "compare contents") {
        const baseHash = node?.kind === "file" ? node.attributes?.hash : undefined;
        yield { path, file, source, baseHash };
      } else if (verdict !== "same") write(path, type, node === undefined);
    }
    hasGone ||= head.done !== true;
  }
  const hashFiles = options.hashFiles ?? hashEach(options);
  for await (const some of hashFiles(source, toCompare())) {
    for (const { placed, hash } of some) {
      if (hash !== placed.baseHash) write(placed.path, "file", false, hash);
    }
  }
  for (const group of groups.values()) {
    if (isSameGroup(group, tree) && !group.some((path) => written.differs(path))) continue;
    for (const path of group) write(path, "file", tree.find(path) === undefined);
  }
  added.sort(compareImagePaths);
  return { written, seen, hasGone, made, needDirectory, added, changed };
}

/** Whether the base too has one file under all the names. */
function isSameGroup(group: readonly string[], tree: BaseTree): boolean {
  const firsts = group.map((path) => {
    const node = tree.find(path);
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
      yield [{ placed, hash: encodeBase64(await hasher.digest()) }];
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
  return { ...newDirectory(path), mtime: mtime === "keep" ? 0 : mtime };
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
