/** Entries of an archive. */

import type { Bytes, ByteStream } from "../base/bytes.ts";

/** Type of an entry. "other" stands for types that only some tools know, such as GNU's volume labels. */
export type TarEntryType =
  | "file"
  | "hard-link"
  | "symlink"
  | "character-device"
  | "block-device"
  | "directory"
  | "fifo"
  | "other";

/** The flags of POSIX.1-2001 (pax, ustar Interchange Format, typeflag). */
const TYPE_FLAGS: ReadonlyMap<string, TarEntryType> = /* @__PURE__ */ new Map([
  // Plain files in archives from before POSIX.
  ["\0", "file"],
  ["0", "file"],
  ["1", "hard-link"],
  ["2", "symlink"],
  ["3", "character-device"],
  ["4", "block-device"],
  ["5", "directory"],
  ["6", "fifo"],
  // "Contiguous": to be treated as a plain file where that has no meaning, which is everywhere.
  ["7", "file"],
  // GNU's sparse files.
  ["S", "file"],
]);

/** One record of a pax extended header. Bytes that are not UTF-8 become lone surrogates: see `text.ts`. */
export type PaxRecord = readonly [keyword: string, value: string];

/** The headers of an entry. */
export interface TarEntryHeader {
  /** Path as the archive has it, with `/`; that of a directory usually ends with one. */
  readonly path: string;
  /** Type of the entry. */
  readonly type: TarEntryType;
  /** Permission bits with setuid, setgid and sticky: up to 0o7777. */
  readonly mode: number;
  /** Number of the owner. */
  readonly uid: number;
  /** Number of the owner's group. */
  readonly gid: number;
  /** Seconds since 1970; may be negative and may have a fraction. */
  readonly mtime: number;
  /** Bytes of content that follow in the archive; 0 for all but files and unknown types. */
  readonly size: number;
  /** Target of a symlink or a hard link. */
  readonly linkPath?: string;
  /** Name of the owner. Readers that know it prefer it to the number. */
  readonly userName?: string;
  /** Name of the group. */
  readonly groupName?: string;
  /** Major number of a device. */
  readonly deviceMajor?: number;
  /** Minor number of a device. */
  readonly deviceMinor?: number;
  /**
   * The character for the type in the header, if it is not the usual one.
   *
   * @default by `type`
   */
  readonly typeFlag?: string;
  /** The pax records of the entry, in order: extended attributes, access times and others, including those of the fields above. */
  readonly records?: readonly PaxRecord[];
}

/** An entry to be written. */
export interface TarEntry extends TarEntryHeader {
  /** Exactly `size` bytes. May be absent if `size` is 0. */
  readonly content?: Bytes | ByteStream;
}

/** Returns the type of a type flag. A plain file whose name ends with a slash is a directory, as before POSIX. */
export function typeOfFlag(flag: string, path: string): TarEntryType {
  if ((flag === "\0" || flag === "0") && path.endsWith("/")) return "directory";
  return TYPE_FLAGS.get(flag) ?? "other";
}

/** Returns the flag that is written for a type. */
export function flagOfType(type: Exclude<TarEntryType, "other">): string {
  switch (type) {
    case "file":
      return "0";
    case "hard-link":
      return "1";
    case "symlink":
      return "2";
    case "character-device":
      return "3";
    case "block-device":
      return "4";
    case "directory":
      return "5";
    case "fifo":
      return "6";
  }
}
