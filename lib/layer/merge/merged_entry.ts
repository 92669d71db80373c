/** What an entry of a layer says of itself, and how that is kept in a tree of very many. */

import type { TarEntryHeader, TarEntryType } from "../../tar/entry.ts";
import { formatTime, isField } from "../../tar/pax.ts";
import type { PathTree } from "../base/path_tree.ts";

/** Their places are the types of nodes, from 1; a hard link is kept as the file that it is. */
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

/** Types of a directory, of a file and of a symlink. */
export const DIRECTORY = 1;
export const FILE = 2;
export const SYMLINK = 3;
/** Says that the text is a JSON value of {@linkcode Rarer}, and not what a symlink leads to. */
const RARER = 8;

/** What most entries do not have, or have as the entry before. */
type Rarer = Pick<
  TarEntryHeader,
  "linkPath" | "userName" | "groupName" | "deviceMajor" | "deviceMinor" | "typeFlag" | "records"
>;

/** The type of what is at a node; 0 where nothing is, and of no node. */
export function typeOf(tree: PathTree, node: number): number {
  return node === 0 ? 0 : tree.flagsOf(node) & TYPE;
}

/** Keeps what stands in the headers of entries. */
export class MergedEntries {
  readonly #tree: PathTree;
  /** The last text that was a JSON value, and where it is kept. */
  #text = "";
  #place = 0;

  constructor(tree: PathTree) {
    this.#tree = tree;
  }

  /** @param size Bytes of its content. */
  write(node: number, header: TarEntryHeader, size: number): void {
    const tree = this.#tree;
    const { mode, uid, gid, mtime, linkPath = "" } = header;
    tree.setNumbers(node, { mode, uid, gid, mtime, size });
    const type = TYPES.indexOf(header.type) + 1;
    const rarer = rarerOf(header);
    tree.setFlags(node, rarer === "" ? type : type | RARER);
    if (rarer === "") tree.setText(node, type === SYMLINK ? linkPath : "");
    else if (rarer === this.#text) tree.setTextPlace(node, this.#place);
    else {
      tree.setText(node, rarer);
      this.#text = rarer;
      this.#place = tree.textPlaceOf(node);
    }
  }

  /** The entry of a node, under the node's own path. */
  read(node: number): TarEntryHeader {
    const tree = this.#tree;
    const flags = tree.flagsOf(node);
    const type = TYPES[(flags & TYPE) - 1] ?? "file";
    const text = tree.textOf(node);
    const rarer: Rarer = (flags & RARER) !== 0
      ? JSON.parse(text)
      : type === "symlink"
      ? { linkPath: text }
      : {};
    return { path: tree.pathOf(node), type, ...tree.numbersOf(node), ...rarer };
  }

  /** What a symlink leads to. */
  linkPath(node: number): string {
    return this.read(node).linkPath ?? "";
  }

  /** Says of one node what is said of another, with the flags that the other one has or had. */
  copy(from: number, flags: number, to: number): void {
    const tree = this.#tree;
    tree.setNumbers(to, tree.numbersOf(from));
    tree.setTextPlace(to, tree.textPlaceOf(from));
    tree.setFlags(to, flags);
  }
}

/** A JSON value of what is seldom there; empty where nothing of it is. */
function rarerOf(header: TarEntryHeader): string {
  const { type, mtime } = header;
  const rarer: { -readonly [Name in keyof Rarer]: Rarer[Name] } = {};
  if (header.userName) rarer.userName = header.userName;
  if (header.groupName) rarer.groupName = header.groupName;
  if (header.deviceMajor) rarer.deviceMajor = header.deviceMajor;
  if (header.deviceMinor) rarer.deviceMinor = header.deviceMinor;
  if (type === "other" && header.typeFlag !== undefined) rarer.typeFlag = header.typeFlag;
  if (header.records !== undefined) {
    // What the fields show is written from them, but for the digits of a time that a number has no room for. What was a sparse file is a
    // whole one.
    const records = header.records.filter(([keyword, value]) =>
      keyword === "mtime"
        ? value !== formatTime(mtime)
        : !isField(keyword) && !keyword.startsWith("GNU.sparse.")
    );
    if (records.length > 0) rarer.records = records;
  }
  const isPlain = type !== "other" && Object.keys(rarer).length === 0;
  return isPlain ? "" : JSON.stringify({ ...rarer, linkPath: header.linkPath });
}
