/** Stores the entries of an image in a {@linkcode PathTree}. */

import type { TarEntryHeader, TarEntryType } from "../../tar/entry.ts";
import { formatTime, isField } from "../../tar/pax.ts";
import type { PathTree } from "../base/path_tree.ts";

/** Types of nodes: the index in this list plus 1. A hard link is stored as the file that it is. */
const TYPES: readonly TarEntryType[] = [
  "directory",
  "file",
  "symlink",
  "character-device",
  "block-device",
  "fifo",
  "other",
];
const TYPE = 7;

/** The node types of a directory, a file and a symlink. */
export const DIRECTORY = 1;
export const FILE = 2;
export const SYMLINK = 3;
/** Flag of a node whose text is the JSON of {@linkcode RareFields}, instead of a symlink's target. */
const HAS_RARE_FIELDS = 8;

/** Fields that most entries do not have, or have in common with the previous entry. */
type RareFields = Pick<
  TarEntryHeader,
  "linkPath" | "userName" | "groupName" | "deviceMajor" | "deviceMinor" | "typeFlag" | "records"
>;

/** The type of a node; 0 if it has no entry, or for node 0. */
export function typeOf(tree: PathTree, node: number): number {
  return node === 0 ? 0 : tree.flagsOf(node) & TYPE;
}

/** Writes headers to the nodes of a tree, and reads them. */
export class MergedEntries {
  readonly #tree: PathTree;
  /** The last JSON that was written, and its address. */
  #json = "";
  #jsonPlace = 0;

  constructor(tree: PathTree) {
    this.#tree = tree;
  }

  /** @param size Bytes of its content. */
  write(node: number, header: TarEntryHeader, size: number): void {
    const tree = this.#tree;
    const { mode, uid, gid, mtime, linkPath = "" } = header;
    tree.setNumbers(node, { mode, uid, gid, mtime, size });
    const type = TYPES.indexOf(header.type) + 1;
    const json = rareFieldsJson(header);
    tree.setFlags(node, json === "" ? type : type | HAS_RARE_FIELDS);
    if (json === "") tree.setText(node, type === SYMLINK ? linkPath : "");
    else if (json === this.#json) tree.setTextPlace(node, this.#jsonPlace);
    else {
      tree.setText(node, json);
      this.#json = json;
      this.#jsonPlace = tree.textPlaceOf(node);
    }
  }

  /** The header of a node's entry, with the path of the node. */
  read(node: number): TarEntryHeader {
    const tree = this.#tree;
    const flags = tree.flagsOf(node);
    const type = TYPES[(flags & TYPE) - 1] ?? "file";
    const text = tree.textOf(node);
    const rare: RareFields = (flags & HAS_RARE_FIELDS) !== 0
      ? JSON.parse(text)
      : type === "symlink"
      ? { linkPath: text }
      : {};
    return { path: tree.pathOf(node), type, ...tree.numbersOf(node), ...rare };
  }

  /** The target of a symlink. */
  linkPath(node: number): string {
    return this.read(node).linkPath ?? "";
  }

  /** Copies an entry to another node. The flags are given, since the first node may have been removed. */
  copy(from: number, flags: number, to: number): void {
    const tree = this.#tree;
    tree.setNumbers(to, tree.numbersOf(from));
    tree.setTextPlace(to, tree.textPlaceOf(from));
    tree.setFlags(to, flags);
  }
}

/** The JSON of an entry's rare fields; empty if it has none. */
function rareFieldsJson(header: TarEntryHeader): string {
  const { type, mtime } = header;
  const rare: { -readonly [Name in keyof RareFields]: RareFields[Name] } = {};
  if (header.userName) rare.userName = header.userName;
  if (header.groupName) rare.groupName = header.groupName;
  if (header.deviceMajor) rare.deviceMajor = header.deviceMajor;
  if (header.deviceMinor) rare.deviceMinor = header.deviceMinor;
  if (type === "other" && header.typeFlag !== undefined) rare.typeFlag = header.typeFlag;
  if (header.records !== undefined) {
    // Records of fields are made from those again, except a time with more digits than a number holds. A sparse file was made whole.
    const records = header.records.filter(([keyword, value]) =>
      keyword === "mtime"
        ? value !== formatTime(mtime)
        : !isField(keyword) && !keyword.startsWith("GNU.sparse.")
    );
    if (records.length > 0) rare.records = records;
  }
  const isPlain = type !== "other" && Object.keys(rare).length === 0;
  return isPlain ? "" : JSON.stringify({ ...rare, linkPath: header.linkPath });
}
