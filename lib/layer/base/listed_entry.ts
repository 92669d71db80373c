/** What is remembered of a layer's entries, and how a {@linkcode PathTree} stores it. */

import { decodeBase64, encodeBase64 } from "../../base/base64.ts";
import type { TarEntryHeader } from "../../tar/entry.ts";
import type { PathTree } from "./path_tree.ts";

/** Attributes of a directory. */
export interface DirectoryAttributes
  extends Pick<TarEntryHeader, "mode" | "uid" | "gid" | "mtime"> {
  /** Whether it has extended attributes, which no added file has. */
  readonly isExtended?: true;
}

/** Attributes of a symlink, beside its target. */
export type LinkAttributes = Pick<TarEntryHeader, "uid" | "gid" | "mtime">;

/** Attributes of a plain file whose content was hashed. */
export interface FileAttributes extends DirectoryAttributes {
  /** Bytes. */
  readonly size: number;
  /** SHA-256 of the content, in base64. */
  readonly hash: string;
  /** For a hard link, the path of its target, which is in the same layer. */
  readonly link?: string;
}

/** What is remembered of an entry. */
export type ListedEntry =
  | ({ readonly kind: "directory" } & DirectoryAttributes)
  | { readonly kind: "symlink"; readonly target: string; readonly attributes?: LinkAttributes }
  /** Anything else: a plain file, a device, a pipe. With attributes if its content was hashed. */
  | { readonly kind: "file"; readonly attributes?: FileAttributes };

/** The kind of an entry, in the flags of its node: one of these. */
const DIRECTORY = 1;
const LINK = 2;
const FILE = 4;
/** Whether the entry has attributes, and extended ones. */
const KNOWN = 8;
const EXTENDED = 16;

/** Flags of an entry of any kind; of one that is no directory; all flags of an entry. */
export const ENTRY: number = DIRECTORY | LINK | FILE;
export const LEAF: number = LINK | FILE;
export const ENTRY_FLAGS: number = ENTRY | KNOWN | EXTENDED;

/** Stores an entry at a node, and returns its flags, which the caller sets. */
export function writeEntry(tree: PathTree, node: number, entry: ListedEntry): number {
  switch (entry.kind) {
    case "directory":
      return DIRECTORY | writeAttributes(tree, node, entry);
    case "symlink":
      tree.setText(node, entry.target);
      return LINK | writeAttributes(tree, node, entry.attributes);
    case "file": {
      const { link = "", hash } = entry.attributes ?? {};
      tree.setText(node, link);
      if (hash !== undefined) tree.hashOf(node).set(decodeBase64(hash));
      return FILE | writeAttributes(tree, node, entry.attributes);
    }
  }
}

function writeAttributes(
  tree: PathTree,
  node: number,
  attributes: Partial<FileAttributes> | undefined,
): number {
  if (attributes === undefined) return 0;
  const { mode = 0, uid = 0, gid = 0, mtime = 0, size = 0, isExtended } = attributes;
  tree.setNumbers(node, { mode, uid, gid, mtime, size });
  return isExtended === true ? KNOWN | EXTENDED : KNOWN;
}

/** The entry that is stored at a node, if there is one. */
export function readEntry(tree: PathTree, node: number): ListedEntry | undefined {
  const flags = tree.flagsOf(node);
  if ((flags & ENTRY) === 0) return undefined;
  const isKnown = (flags & KNOWN) !== 0;
  const { mode, uid, gid, mtime, size } = tree.numbersOf(node);
  if ((flags & LINK) !== 0) {
    const target = tree.textOf(node);
    return isKnown
      ? { kind: "symlink", target, attributes: { uid, gid, mtime } }
      : { kind: "symlink", target };
  }
  const extended = (flags & EXTENDED) !== 0 ? { isExtended: true } as const : {};
  if ((flags & DIRECTORY) !== 0) return { kind: "directory", mode, uid, gid, mtime, ...extended };
  if (!isKnown) return { kind: "file" };
  const hash = encodeBase64(tree.hashOf(node));
  const link = tree.textOf(node);
  const linked = link === "" ? {} : { link };
  return {
    kind: "file",
    attributes: { mode, uid, gid, mtime, ...extended, size, hash, ...linked },
  };
}

/** What is remembered of an entry before its content is hashed. */
export function listedEntry(header: TarEntryHeader): ListedEntry {
  const { type, linkPath, mode, uid, gid, mtime } = header;
  if (type === "directory") {
    return { kind: "directory", mode, uid, gid, mtime, ...extended(header) };
  }
  if (type !== "symlink") return { kind: "file" };
  return { kind: "symlink", target: linkPath ?? "", attributes: { uid, gid, mtime } };
}

/** Whether an entry has extended attributes, as a field to spread. */
export function extended({ records }: TarEntryHeader): { readonly isExtended?: true } {
  const isExtended = records?.some(([keyword]) =>
    keyword.startsWith("SCHILY.xattr.") || keyword.startsWith("LIBARCHIVE.xattr.")
  );
  return isExtended === true ? { isExtended: true } : {};
}
