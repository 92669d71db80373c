/** What is remembered of an entry, in one number. */

import type { TarEntryHeader } from "../tar/entry.ts";

/** What is known of a path, in the lower bits of its number; in the others is a hash of what else its entry says. */
export const KIND = {
  file: 1,
  directory: 2,
  symlink: 3,
  hardLink: 4,
  /** Only the target of a hard link by now. */
  target: 5,
  /** Only above other entries by now. */
  parent: 6,
  whiteout: 7,
} as const;
const KIND_BITS = 3;
export const KIND_MASK: number = (1 << KIND_BITS) - 1;

/** Bits behind those of the kind with a hash of owner, mode and time: of files and hard links, to compare them. */
export const OWNER_BITS = 14;
export const OWNER_MASK: number = ((1 << OWNER_BITS) - 1) << KIND_BITS;

/** A hash of what engines set of a file, and of a hard link, in its own bits. */
export function ownerOf({ mode, uid, gid, mtime }: TarEntryHeader): number {
  let state = 0x811c9dc5;
  for (const number of [mode, uid, gid, Math.floor(mtime), mtime % 1 * 1e9]) {
    state = Math.imul(state ^ number, 0x01000193);
    state ^= state >>> 15;
  }
  return (state & (OWNER_MASK >>> KIND_BITS)) << KIND_BITS;
}

/** A hash of all that an entry without content says of itself. */
export function attributesOf(entry: TarEntryHeader): number {
  const { mode, uid, gid, mtime, userName = "", groupName = "", linkPath = "", records } = entry;
  // The times of access and change are no part of it: an archive that visits a directory twice has two.
  const attributes = records?.filter(([keyword]) => /\.(?:xattr|acl)\./.test(keyword)) ?? [];
  return hash(
    [mode, uid, gid, mtime, userName, groupName, linkPath, ...attributes.flat()].join("\0"),
  );
}

/** FNV-1a over UTF-16 code units, in the bits beside the kind. */
export function hash(text: string): number {
  let state = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    state = Math.imul(state ^ text.charCodeAt(index), 0x01000193);
    state ^= state >>> 15;
  }
  return (state << KIND_BITS) >>> 0;
}
