/** Files in memory, for layers. */

import type { Bytes, ByteStream } from "../base/bytes.ts";
import { checkOptions, type OptionNames } from "../base/check_options.ts";
import { type ForeignStream, fromForeignStream } from "../base/foreign_stream.ts";
import type { FileSource, SourceFile } from "../layer/files/source_file.ts";
import type { PaxRecord } from "../tar/entry.ts";

/** The types of a {@linkcode CustomFile}. "Symlink" and "SymbolicLink" are the same. */
export type CustomFileType = "File" | "Directory" | "Symlink" | "SymbolicLink";

/**
 * The content of a {@linkcode CustomFile}: bytes, text that is encoded as UTF-8, or a stream of either: a web stream, one of Node, or one
 * of the package `request`.
 */
export type CustomFileData = Uint8Array | string | ForeignStream;

/** Options of {@linkcode CustomFile}. */
export interface CustomFileOptions {
  /**
   * Permission bits, up to 0o7777.
   *
   * @default {0o644} for a file, 0o755 for a directory
   */
  readonly mode?: number | undefined;
  /**
   * The type.
   *
   * @default {"File"}
   */
  readonly type?: CustomFileType | undefined;
  /** The target of a symbolic link. */
  readonly linkPath?: string | undefined;
  /**
   * The content of a file.
   *
   * @default nothing
   */
  readonly data?: CustomFileData | undefined;
  /** The size in bytes; required for a stream, and checked. */
  readonly size?: number | undefined;
  /**
   * The owner.
   *
   * @default {0}
   */
  readonly uid?: number | undefined;
  /**
   * The owner's group.
   *
   * @default {0}
   */
  readonly gid?: number | undefined;
  /** When the entry was changed. */
  readonly ctime?: Date | undefined;
  /** When it was read last. */
  readonly atime?: Date | undefined;
  /**
   * When its content was changed.
   *
   * @default 1970-01-01, so that equal files make equal layers
   */
  readonly mtime?: Date | undefined;
}

const OPTIONS: OptionNames<CustomFileOptions> = {
  mode: true,
  type: true,
  linkPath: true,
  data: true,
  size: true,
  uid: true,
  gid: true,
  ctime: true,
  atime: true,
  mtime: true,
};

/** Type bits of a mode, as in `stat.h`. */
const TYPE_BITS = { File: 0o100000, Directory: 0o040000, SymbolicLink: 0o120000 } as const;
const TYPE_MASK = 0o170000;
const PERMISSION_MASK = 0o7777;
const DEFAULT_MODES = { File: 0o644, Directory: 0o755, SymbolicLink: 0o777 } as const;

/**
 * A file, directory or symbolic link to put into a layer with `addFiles` or `pack`.
 *
 * @example
 * ```ts
 * import { CustomFile } from "@x/appendlayer/container-image-builder";
 *
 * const help = new CustomFile({ data: "hello\n", mode: 0o600 });
 * const link = new CustomFile({ type: "Symlink", linkPath: "/help.md" });
 * ```
 */
export class CustomFile {
  /** Permission bits, and the type as in `stat.h`. */
  mode: number;
  /** The target of a symbolic link. */
  linkPath?: string;
  /** The content of a file. It may be set at any time before the file is packed. */
  data?: CustomFileData;
  /** The size of a stream in bytes; that of bytes or text is computed. */
  size: number;
  /** The owner. */
  uid: number;
  /** The owner's group. */
  gid: number;
  /** When the entry was changed. */
  ctime?: Date;
  /** When it was read last. */
  atime?: Date;
  /** When its content was changed. */
  mtime: Date;

  /**
   * Makes an entry.
   *
   * @throws {TypeError} if an option or the type is unknown, a link has no `linkPath`, an entry that is no file has data, or a stream has
   *     no size.
   */
  constructor(options: CustomFileOptions) {
    checkOptions(options, OPTIONS, "CustomFile()");
    const type = options.type === "Symlink" ? "SymbolicLink" : options.type ?? "File";
    const bits = TYPE_BITS[type];
    const refuse = (reason: string): TypeError =>
      new TypeError(`Cannot make a custom file: ${reason}`);
    if (bits === undefined) {
      throw refuse(
        `expected type "File", "Directory" or "SymbolicLink", got ${JSON.stringify(type)}`,
      );
    }
    this.mode = bits | ((options.mode ?? DEFAULT_MODES[type]) & PERMISSION_MASK);
    this.uid = options.uid ?? 0;
    this.gid = options.gid ?? 0;
    this.mtime = options.mtime ?? new Date(0);
    if (options.ctime !== undefined) this.ctime = options.ctime;
    if (options.atime !== undefined) this.atime = options.atime;

    if (type === "SymbolicLink") {
      if (!options.linkPath) throw refuse("a symbolic link needs a linkPath");
      this.linkPath = options.linkPath;
    }
    const { data, size } = options;
    if (data !== undefined && typeof data !== "string" && !(data instanceof Uint8Array)) {
      if (size === undefined) throw refuse("a stream needs a size");
    }
    if (type !== "File" && (size || data !== undefined && sizeOf(data) !== 0)) {
      throw refuse("only a file has data");
    }
    if (type === "File" && data !== undefined) this.data = data;
    this.size = (data === undefined ? size : sizeOf(data) ?? size) ?? 0;
  }

  /** Whether it is a file. */
  isFile(): boolean {
    return (this.mode & TYPE_MASK) === TYPE_BITS.File;
  }

  /** Whether it is a directory. */
  isDirectory(): boolean {
    return (this.mode & TYPE_MASK) === TYPE_BITS.Directory;
  }

  /** Whether it is a symbolic link. */
  isSymbolicLink(): boolean {
    return (this.mode & TYPE_MASK) === TYPE_BITS.SymbolicLink;
  }
}

/**
 * Whether a value is a custom file. The CommonJS and the ESM build of the package have different classes of that name; both are accepted.
 */
export function isCustomFile(value: unknown): value is CustomFile {
  if (value instanceof CustomFile) return true;
  if (typeof value !== "object" || value === null) return false;
  const { isFile, isDirectory, mode, size } = value as Partial<CustomFile>;
  return typeof isFile === "function" && typeof isDirectory === "function" &&
    typeof mode === "number" && typeof size === "number";
}

/** The size in bytes; undefined for a stream. */
function sizeOf(data: CustomFileData): number | undefined {
  if (typeof data === "string") return new TextEncoder().encode(data).length;
  return data instanceof Uint8Array ? data.length : undefined;
}

/** A custom file's content, ready to be read. */
export interface CustomContent {
  /** The size in bytes. */
  readonly size: number;
  /** Whether `open` may be called more than once. */
  readonly replayable: boolean;
  /** Opens it. */
  readonly open: () => Bytes | ByteStream;
}

/**
 * Takes a custom file's content. From now on the events of a stream are handled, so that an early error is not lost.
 *
 * @param path The path in the image.
 * @returns undefined if there is none.
 * @throws {TypeError} if it is neither bytes nor text nor a stream, or if there is a size but no content.
 */
export function takeContent(path: string, file: CustomFile): CustomContent | undefined {
  const { data } = file;
  if (!file.isFile()) return undefined;
  if (data === undefined || data === null) {
    if (!file.size) return undefined;
    throw new TypeError(
      `Cannot pack the custom file "${path}": its size is ${file.size}, and it has no data`,
    );
  }
  if (typeof data === "string" || data instanceof Uint8Array) {
    const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data as Bytes;
    return { size: bytes.length, replayable: true, open: () => bytes };
  }
  const stream = fromForeignStream(data, `the custom file "${path}"`);
  return { size: file.size, replayable: false, open: () => stream };
}

/**
 * Makes a source whose only file is a custom file.
 *
 * @param path The path in the image.
 */
export function customSource(
  path: string,
  file: CustomFile,
  content: CustomContent | undefined,
): FileSource {
  return { name: `/${path}`, destination: path, files: () => [describe(path, file, content)] };
}

function describe(path: string, file: CustomFile, content: CustomContent | undefined): SourceFile {
  const records: PaxRecord[] = [];
  for (const field of ["atime", "ctime"] as const) {
    const time = file[field];
    if (time !== undefined) records.push([field, String(time.getTime() / 1000)]);
  }
  const { uid, gid, linkPath } = file;
  const mtime = file.mtime.getTime() / 1000;
  return {
    path: "",
    name: `/${path}`,
    type: file.isDirectory() ? "directory" : file.isSymbolicLink() ? "symlink" : "file",
    mode: file.mode & PERMISSION_MASK,
    mtime,
    size: content?.size ?? 0,
    made: { uid, gid, mtime, ...(records.length === 0 ? {} : { records }) },
    ...(linkPath === undefined ? {} : { linkPath }),
    ...(content === undefined ? {} : { open: content.open }),
  };
}
