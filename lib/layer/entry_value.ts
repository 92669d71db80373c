/** Packs what is remembered of an entry into one number: its kind in the lower bits, a hash of its attributes in the upper ones. */

import type { TarEntryHeader } from "../tar/entry.ts";

/** Kinds of paths. */
export const KIND = {
  file: 1,
  directory: 2,
  symlink: 3,
  hardLink: 4,
  /** Without an entry so far, but the target of a hard link. */
  target: 5,
  /** Without an entry so far, but above other entries. */
  parent: 6,
  whiteout: 7,
} as const;
const KIND_BITS = 3;
export const KIND_MASK: number = (1 << KIND_BITS) - 1;

/** Bits after the kind that hold a hash of owner, mode and time, for files and hard links. */
export const OWNER_BITS = 14;
export const OWNER_MASK: number = ((1 << OWNER_BITS) - 1) << KIND_BITS;

/** A hash of owner, mode and time, in the bits of {@linkcode OWNER_MASK}. */
export function ownerOf({ mode, uid, gid, mtime }: TarEntryHeader): number {
  let state = 0x811c9dc5;
  for (const number of [mode, uid, gid, Math.floor(mtime), mtime % 1 * 1e9]) {
    state = Math.imul(state ^ number, 0x01000193);
    state ^= state >>> 15;
  }
  return (state & (OWNER_MASK >>> KIND_BITS)) << KIND_BITS;
}

/** A hash of all attributes of an entry without content. */
export function attributesOf(entry: TarEntryHeader): number {
  const { mode, uid, gid, mtime, userName = "", groupName = "", linkPath = "", records } = entry;
  // Without the times of access and change, which differ where an archive has the same directory twice.
  const attributes = records?.filter(([keyword]) => /\.(?:xattr|acl)\./.test(keyword)) ?? [];
  return hash(
    [mode, uid, gid, mtime, userName, groupName, linkPath, ...attributes.flat()].join("\0"),
  );
}

/** FNV-1a over UTF-16 code units, in the bits after the kind. */
export function hash(text: string): number {
  let state = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    state = Math.imul(state ^ text.charCodeAt(index), 0x01000193);
    state ^= state >>> 15;
  }
  return (state << KIND_BITS) >>> 0;
}
