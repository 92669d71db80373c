/** Entries of an archive. */

import type { Bytes, ByteStream } from "../base/bytes.ts";

/** Type of an entry; "other" are types that only some tools know, such as GNU's volume labels. */
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
  // Before POSIX, plain files had none.
  ["\0", "file"],
  ["0", "file"],
  ["1", "hard-link"],
  ["2", "symlink"],
  ["3", "character-device"],
  ["4", "block-device"],
  ["5", "directory"],
  ["6", "fifo"],
  // "Contiguous": to be treated as a plain file by all who do not know better, which is everybody.
  ["7", "file"],
  // GNU's sparse files.
  ["S", "file"],
]);

/** One record of a pax extended header: keyword and value. Bytes that are not UTF-8 are lone surrogates, see `text.ts`. */
export type PaxRecord = readonly [keyword: string, value: string];

/** The headers of an entry. */
export interface TarEntryHeader {
  /** Path as the archive has it: with `/`, a directory's mostly with one at its end. */
  readonly path: string;
  /** Type of the entry. */
  readonly type: TarEntryType;
  /** Permission bits with setuid, setgid and sticky: up to 0o7777. */
  readonly mode: number;
  /** The owner. */
  readonly uid: number;
  /** The owner's group. */
  readonly gid: number;
  /** Seconds since 1970; may be negative and may have a fraction. */
  readonly mtime: number;
  /** Bytes of content that follow in the archive; 0 for all but files and unknown types. */
  readonly size: number;
  /** Target of a symlink or a hard link. */
  readonly linkPath?: string;
  /** The owner's name, which counts more than the number where it is known. */
  readonly userName?: string;
  /** The group's name. */
  readonly groupName?: string;
  /** Major number of a device. */
  readonly deviceMajor?: number;
  /** Minor number of a device. */
  readonly deviceMinor?: number;
  /**
   * The one character that stands for the type in the header, where it is not the usual one.
   *
   * @default by `type`
   */
  readonly typeFlag?: string;
  /** The pax records of the entry, in order: extended attributes, access times and all else, also those that the fields above show. */
  readonly records?: readonly PaxRecord[];
}

/** An entry to be written. */
export interface TarEntry extends TarEntryHeader {
  /** Exactly `size` bytes. May be left out where `size` is 0. */
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
