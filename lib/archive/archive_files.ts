/** The seam for archives of images: files, standard input and output, or what a browser has. */

import type { Bytes, ByteStream } from "../base/bytes.ts";

/** A file that can be read from any place. */
export interface SeekableFile {
  /** Bytes. */
  readonly size: number;
  /** The bytes from one offset up to another, which is at most the size. */
  read(start: number, end: number): ByteStream;
  /** Frees it. Safe to call more than once. */
  close(): Promise<void>;
}

/** An archive being written, which nobody sees under its name before `commit`. */
export interface PendingArchive {
  /** Appends. The array may be reused once the promise is settled. */
  write(chunk: Bytes): Promise<void>;
  /** Makes it appear under its name in one step, replacing what was there. */
  commit(): Promise<void>;
  /** Drops it. Safe to call after `commit`, and more than once. */
  discard(): Promise<void>;
}

/** Where archives are read and written. The path `-` is standard input and output. */
export interface ArchiveFiles {
  /**
   * Opens an archive: as a file, or as a stream where it can only be read from its start to its end.
   *
   * @returns undefined if there is no such file.
   */
  open(path: string, signal?: AbortSignal): Promise<SeekableFile | ByteStream | undefined>;
  /** Starts an archive. */
  create(path: string): Promise<PendingArchive>;
}
