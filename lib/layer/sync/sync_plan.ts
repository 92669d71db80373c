/** Decides which entries a layer needs to make a directory of the base equal to a source. */

import { decodeBase64, encodeBase64 } from "../../base/base64.ts";
import type { TarEntryHeader } from "../../tar/entry.ts";
import type { BaseTree } from "../base/base_tree.ts";
import type { BaseNode } from "../base/base_view.ts";
import { checkFiles } from "../files/files_layer.ts";
import { compareImagePaths, joinImagePath, parentOf } from "../files/image_path.ts";
import { mergeSources, type PlacedFile } from "../files/merge_sources.ts";
import type { FileSource, SourceFile } from "../files/source_file.ts";
import { LayerError } from "../layer_error.ts";
import { PathTable } from "../path_table.ts";
import { compareEntry, findRemovals, type SyncRemovals } from "./sync_difference.ts";
import type { ComparedFile, HashFiles, SyncPlanOptions } from "./sync_options.ts";
import { WrittenPaths } from "./written_paths.ts";
import { newDirectory } from "../files/base_directory.ts";

/** The entries to write for one source. */
export interface SyncPlan {
  /** Whether there is nothing to write. */
  readonly isEmpty: boolean;
  /** As in `SyncDifference`, if `onDifference` is set. The source may be walked for them. */
  readonly added: () => Iterable<string>;
  /** As in `SyncDifference`, if `onDifference` is set. */
  readonly changed: readonly string[];
  /** As in `SyncDifference`. */
  readonly deleted: readonly string[];
  /** The files of the source to write, sorted. The source is walked again for them, as there may be very many. */
  readonly files: () => Iterable<PlacedFile>;
  /** The `hashPart` of a file whose content was compared, to notice that it changes. */
  readonly hashPartOf: (path: string) => number | undefined;
  /** Entries of directories that the source does not have. */
  readonly directories: ReadonlyMap<string, TarEntryHeader>;
  /** Whiteouts and opaque markers by their directories. */
  readonly markers: ReadonlyMap<string, readonly string[]>;
  /** The permission bits that the base has at an entry's path, or else the entry's own. */
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
    return checkFiles(mergeSources([{ ...source, files }]));
  };
  const modeOf = (entry: TarEntryHeader): number => {
    const node = tree.find(entry.path);
    const attributes = node?.kind === "file" ? node.attributes : attributesOf(node);
    return attributes?.mode ?? entry.mode;
  };
  const top = topDirectory(tree, options);
  if (isEmptyTree(tree)) {
    return wholePlan(walk, tree, { isEmptySource, modeOf, top });
  }
  const compared = await compareFiles(source, walk(), tree, options);
  const { written, sourceKinds, made, needDirectory, added, changed } = compared;
  const removals = !compared.hasRemovals ? NO_REMOVALS : findRemovals(tree, {
    sourceKind: (index) => sourceKinds[index],
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

/** The plan for a directory of which the base has nothing: the source is walked only to be written. */
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

/** The result of comparing a source with the base. */
interface Comparison {
  readonly written: WrittenPaths;
  /** What the source has at the path of each entry of the base, in the order of the tree. */
  readonly sourceKinds: readonly ("directory" | "leaf" | undefined)[];
  /** Whether the base has anything that the source does not have. */
  readonly hasRemovals: boolean;
  /** Entries of directories that the source does not have. */
  readonly made: Map<string, TarEntryHeader>;
  /** Marks a directory, and those above it, to be written. */
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
  const sourceKinds: ("directory" | "leaf" | undefined)[] = [];
  const directories = new PathTable();
  const [added, changed]: [string[], string[]] = [[], []];
  /** Paths of files with several hard links, by their identity. */
  const groups = new Map<string, string[]>();
  const rules = { times: options.mtime === "keep", modes: options.modes !== false };
  const lists = options.onDifference !== undefined;
  let hasRemovals = false;
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
        sourceKinds.push(undefined);
        hasRemovals = true;
      }
      const node = head.done || order !== 0 ? undefined : head.value[1];
      if (node !== undefined) {
        sourceKinds.push(type === "directory" ? "directory" : "leaf");
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
    hasRemovals ||= head.done !== true;
  }
  const hashFiles = options.hashFiles ?? hashEach(options);
  for await (const batch of hashFiles(source, toCompare())) {
    for (const { placed, hash } of batch) {
      if (hash !== placed.baseHash) write(placed.path, "file", false, hash);
    }
  }
  for (const group of groups.values()) {
    if (isSameGroup(group, tree) && !group.some((path) => written.differs(path))) continue;
    for (const path of group) write(path, "file", tree.find(path) === undefined);
  }
  added.sort(compareImagePaths);
  return { written, sourceKinds, hasRemovals, made, needDirectory, added, changed };
}

/** Whether the base has the paths of a file as hard links of one file too. */
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

/** The entry of a file as it would be written, if it is no hard link. */
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

/** Checks that a source is a directory that may be synced. Returns whether it is empty. */
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

/** The entry of the synced directory itself, with the base's attributes. */
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
