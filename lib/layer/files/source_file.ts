/** The interface of files to add, from a disk or from memory. */

import type { Bytes, ByteStream } from "../../base/bytes.ts";
import type { TarEntryHeader } from "../../tar/entry.ts";

/** A file, directory or symlink below a source. */
export interface SourceFile {
  /** Relative to the source, with `/`; empty for the source itself, if that is a single file or an empty directory. */
  readonly path: string;
  /** Name in error messages. */
  readonly name: string;
  /** What it is on its disk. */
  readonly type: "file" | "directory" | "symlink";
  /** Permission bits: up to 0o7777. */
  readonly mode: number;
  /** Modification time in seconds since 1970. */
  readonly mtime: number;
  /** Size in bytes. */
  readonly size: number;
  /** Target of a symlink. */
  readonly linkPath?: string | undefined;
  /** For a file with several hard links: a text that all of them have, and no other file. */
  readonly identity?: string | undefined;
  /** PAX records of the file's entry: extended attributes. */
  readonly records?: TarEntryHeader["records"];
  /**
   * For a generated file: fields of its entry, which no option changes. It may be a whiteout, and a directory is added even if every image
   * has it.
   */
  readonly made?: Partial<Pick<TarEntryHeader, "uid" | "gid" | "mtime" | "records">>;
  /**
   * Opens the content of a file, exactly `size` bytes. Called only if the content is written. The memory of an array may be used again by
   * the next call.
   */
  readonly open?: () => Bytes | ByteStream;
}

/** The files of one source, and their destination. */
export interface FileSource {
  /** Name in error messages. */
  readonly name: string;
  /** Path in the image: the directory for the contents of the source, or the path of a single file, or, with a slash at its end, its directory. */
  readonly destination: string;
  /**
   * The files in the order of `compareImagePaths`.
   *
   * @param isEntered Whether the contents of a directory are wanted, by its path below the source. Others may be given all the same.
   */
  readonly files: (isEntered?: (path: string) => boolean) => Iterable<SourceFile>;
}
