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
export function ownerOf(entry: TarEntryHeader): number {
  return (hashNumbers(entry) & (OWNER_MASK >>> KIND_BITS)) << KIND_BITS;
}

/** A hash of all attributes of an entry without content. */
export function attributesOf(entry: TarEntryHeader): number {
  const { userName = "", groupName = "", linkPath = "", records } = entry;
  const names = `${userName}\0${groupName}\0${linkPath}`;
  const numbers = hashNumbers(entry);
  if (records === undefined) return hash(names, numbers);
  // Without the times of access and change, which differ where an archive has the same directory twice.
  const attributes = records.filter(([keyword]) => /\.(?:xattr|acl)\./.test(keyword));
  return hash([names, ...attributes.flat()].join("\0"), numbers);
}

/** Start of FNV-1a. */
const START = 0x811c9dc5 | 0;

/** A hash of mode, owner and time. */
function hashNumbers({ mode, uid, gid, mtime }: TarEntryHeader): number {
  const state = mix(mix(mix(mix(START, mode), uid), gid), Math.floor(mtime));
  return mix(state, mtime % 1 * 1e9);
}

/** A hash of UTF-16 code units, in the bits after the kind. */
export function hash(text: string, start: number = START): number {
  let state = start;
  for (let index = 0; index < text.length; index++) state = mix(state, text.charCodeAt(index));
  return (state << KIND_BITS) >>> 0;
}

/** A step of FNV-1a; its upper bits would change no lower ones. */
function mix(state: number, number: number): number {
  const mixed = Math.imul(state ^ number, 0x01000193);
  return mixed ^ mixed >>> 15;
}
