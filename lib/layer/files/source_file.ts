/** The interface of files to add, on a disk or in memory. */

import type { Bytes, ByteStream } from "../../base/bytes.ts";
import type { TarEntryHeader } from "../../tar/entry.ts";

/** A file, directory or symlink below a source. */
export interface SourceFile {
  /** Relative to the source, with `/`; empty for the source itself, where that is a single file or empty. */
  readonly path: string;
  /** Name in error messages. */
  readonly name: string;
  /** Type of the file; there are no others. */
  readonly type: "file" | "directory" | "symlink";
  /** Permission bits: up to 0o7777. */
  readonly mode: number;
  /** Modification time in seconds since 1970. */
  readonly mtime: number;
  /** Size in bytes. */
  readonly size: number;
  /** Target of a symlink. */
  readonly linkPath?: string | undefined;
  /** Identity of a file with several names: the same text for all of them, and for no other file. */
  readonly identity?: string | undefined;
  /** Records of the file's entry: extended attributes, which count for all names of the file. */
  readonly records?: TarEntryHeader["records"];
  /**
   * Set for what was made up and not found on a disk: fields of its entry, which no option changes. Its name may be one that deletes
   * a file of the base, and a directory is added even if every image has it.
   */
  readonly made?: Partial<Pick<TarEntryHeader, "uid" | "gid" | "mtime" | "records">>;
  /**
   * Exactly `size` bytes of a file. Called only if the file goes into the layer with its content. An array that is returned may be
   * used again by the next call.
   */
  readonly open?: () => Bytes | ByteStream;
}

/** The files of one source, and their destination. */
export interface FileSource {
  /** Name in error messages. */
  readonly name: string;
  /** In the image: a directory for what is below the source, or a file's own path; if that ends with a slash, the file goes into it. */
  readonly destination: string;
  /**
   * In the order of `compareImagePaths`, directories before what is in them.
   *
   * @param isEntered By their paths below the source, whether what is in a directory is wanted; what is not may come all the same.
   */
  readonly files: (isEntered?: (path: string) => boolean) => Iterable<SourceFile>;
}
