/** Files in memory, for layers. */

import type { Bytes, ByteStream } from "../base/bytes.ts";
import { fromReadable } from "../base/readable.ts";
import type { FileSource, SourceFile } from "../layer/files/source_file.ts";
import type { PaxRecord } from "../tar/entry.ts";

/** What a {@linkcode CustomFile} can be. "Symlink" and "SymbolicLink" are the same. */
export type CustomFileType = "File" | "Directory" | "Symlink" | "SymbolicLink";

/** The content of a {@linkcode CustomFile}: bytes, text that becomes UTF-8, or a stream of either. */
export type CustomFileData =
  | Uint8Array
  | string
  | ReadableStream<Uint8Array>
  | AsyncIterable<Uint8Array | string>;

/** Options of {@linkcode CustomFile}. */
export interface CustomFileOptions {
  /**
   * Permission bits, up to 0o7777.
   *
   * @default {0o644} for a file, 0o755 for a directory
   */
  readonly mode?: number | undefined;
  /**
   * What it is.
   *
   * @default {"File"}
   */
  readonly type?: CustomFileType | undefined;
  /** What a symbolic link points to. */
  readonly linkPath?: string | undefined;
  /**
   * The content of a file.
   *
   * @default nothing
   */
  readonly data?: CustomFileData | undefined;
  /** Bytes; needed for a stream, and checked. */
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

/** As in `stat.h`: type bits that stand before the permission bits of a mode. */
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
  /** What a symbolic link points at. */
  linkPath?: string;
  /** The content of a file. */
  /** Text is encoded at once. */
  data?: Exclude<CustomFileData, string>;
  /** Size in bytes. */
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
   * @throws {TypeError} if the type is unknown, a link has no path, something other than a file has data, or a stream no size.
   */
  constructor(options: CustomFileOptions) {
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
    const data = toData(options.data);
    const size = data instanceof Uint8Array ? data.length : options.size;
    if (data !== undefined && size === undefined) throw refuse("a stream needs a size");
    if (type !== "File" && size) throw refuse("only a file has data");
    if (data === undefined && size) throw refuse(`its size is ${size}, and it has no data`);
    if (type === "File" && data !== undefined) this.data = data;
    this.size = size ?? 0;
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

/** Whether its content can be read more than once. */
export function isReplayable({ data }: CustomFile): boolean {
  return data === undefined || data instanceof Uint8Array;
}

function toData(data: CustomFileData | undefined): CustomFile["data"] | undefined {
  return typeof data === "string" ? new TextEncoder().encode(data) : data;
}

/**
 * A custom file as the one file of a source.
 *
 * @param path In the image.
 */
export function customSource(path: string, file: CustomFile): FileSource {
  return { name: `/${path}`, destination: path, files: () => [describe(path, file)] };
}

function describe(path: string, file: CustomFile): SourceFile {
  const records: PaxRecord[] = [];
  for (const field of ["atime", "ctime"] as const) {
    const time = file[field];
    if (time !== undefined) records.push([field, String(time.getTime() / 1000)]);
  }
  const { uid, gid, linkPath, data } = file;
  const mtime = file.mtime.getTime() / 1000;
  return {
    path: "",
    name: `/${path}`,
    type: file.isDirectory() ? "directory" : file.isSymbolicLink() ? "symlink" : "file",
    mode: file.mode & PERMISSION_MASK,
    mtime,
    size: file.isFile() ? file.size : 0,
    made: { uid, gid, mtime, ...(records.length === 0 ? {} : { records }) },
    ...(linkPath === undefined ? {} : { linkPath }),
    ...(data === undefined ? {} : { open: () => contentOf(data) }),
  };
}

function contentOf(data: Exclude<CustomFileData, string>): Bytes | ByteStream {
  if (data instanceof Uint8Array) return data as Bytes;
  if (data instanceof ReadableStream) return fromReadable(data);
  return encodeChunks(data);
}

/** Node's streams give text where an encoding is set. */
async function* encodeChunks(data: AsyncIterable<Uint8Array | string>): ByteStream {
  const encoder = new TextEncoder();
  for await (const chunk of data) {
    yield typeof chunk === "string" ? encoder.encode(chunk) : chunk as Bytes;
  }
}
