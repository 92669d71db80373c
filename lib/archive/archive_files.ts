/** The seam for image archives: files, standard input and output, or a browser's blobs and streams. */

import type { Bytes, ByteStream } from "../base/bytes.ts";

/** A file that can be read at any offset. */
export interface SeekableFile {
  /** The size in bytes. */
  readonly size: number;
  /** The bytes from `start` up to `end`, which is at most the size. */
  read(start: number, end: number): ByteStream;
  /** Closes the file. Safe to call more than once. */
  close(): Promise<void>;
}

/** An archive being written, which is not visible under its name before `commit`. */
export interface PendingArchive {
  /** Appends. The array may be reused once the promise is settled. */
  write(chunk: Bytes): Promise<void>;
  /** Makes it visible under its name in one step, replacing an earlier file. */
  commit(): Promise<void>;
  /** Drops it. Safe to call after `commit`, and more than once. */
  discard(): Promise<void>;
}

/** Where archives are read and written. The path `-` is standard input and output. */
export interface ArchiveFiles {
  /**
   * Opens an archive: as a file, or as a stream if it cannot be sought.
   *
   * @returns undefined if there is no such file.
   */
  open(path: string, signal?: AbortSignal): Promise<SeekableFile | ByteStream | undefined>;
  /** Starts an archive. */
  create(path: string): Promise<PendingArchive>;
}
