/** What a layer says of one path by an entry, and how that is kept in a tree of very many. */

import { decodeBase64, encodeBase64 } from "../../base/base64.ts";
import type { TarEntryHeader } from "../../tar/entry.ts";
import type { PathTree } from "./path_tree.ts";

/** What the entry of a directory says of it. */
export interface DirectoryAttributes
  extends Pick<TarEntryHeader, "mode" | "uid" | "gid" | "mtime"> {
  /** Whether it has extended attributes, which no added file has. */
  readonly isExtended?: true;
}

/** What the entry of a symlink says of it, beside where it leads. */
export type LinkAttributes = Pick<TarEntryHeader, "uid" | "gid" | "mtime">;

/** What is known of a file whose content was read. */
export interface FileAttributes extends DirectoryAttributes {
  /** Bytes. */
  readonly size: number;
  /** SHA-256 of the content, in base64. */
  readonly hash: string;
  /** Path of the same layer that it is another name of, and has the content from. */
  readonly link?: string;
}

/** An entry, as far as questions about an image go. */
export type ListedEntry =
  | ({ readonly kind: "directory" } & DirectoryAttributes)
  | { readonly kind: "symlink"; readonly target: string; readonly attributes?: LinkAttributes }
  /** Anything that nothing can lie below. What is known of a plain file is so only where contents were read. */
  | { readonly kind: "file"; readonly attributes?: FileAttributes };

/** Kinds of entries, in the flags of a node: one at the most. */
const DIRECTORY = 1;
const LINK = 2;
const FILE = 4;
/** With attributes, and with those that are extended. */
const KNOWN = 8;
const EXTENDED = 16;

/** An entry of any kind; one that nothing can lie below; and all flags of one. */
export const ENTRY: number = DIRECTORY | LINK | FILE;
export const LEAF: number = LINK | FILE;
export const ENTRY_FLAGS: number = ENTRY | KNOWN | EXTENDED;

/** Keeps an entry at a node, and returns its flags, which the caller sets. */
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

/** The entry that is kept at a node, if there is one. */
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

/** What is remembered of the header of an entry. */
export function listedEntry(header: TarEntryHeader): ListedEntry {
  const { type, linkPath, mode, uid, gid, mtime } = header;
  if (type === "directory") {
    return { kind: "directory", mode, uid, gid, mtime, ...extended(header) };
  }
  if (type !== "symlink") return { kind: "file" };
  return { kind: "symlink", target: linkPath ?? "", attributes: { uid, gid, mtime } };
}

/** Says so where an entry has extended attributes. */
export function extended({ records }: TarEntryHeader): { readonly isExtended?: true } {
  const isExtended = records?.some(([keyword]) =>
    keyword.startsWith("SCHILY.xattr.") || keyword.startsWith("LIBARCHIVE.xattr.")
  );
  return isExtended === true ? { isExtended: true } : {};
}
