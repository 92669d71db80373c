/** The seam for an OCI layout's files. */

import type { Bytes, ByteStream } from "../base/bytes.ts";

/** A file being written, which is not visible under its name before `commit`. */
export interface PendingFile {
  /** Appends. The array may be reused once the promise is settled. */
  write(chunk: Bytes): Promise<void>;
  /** Makes it visible under a name in one step, replacing an earlier file. Parent directories are created. */
  commit(path: string): Promise<void>;
  /** Drops it. Safe to call after `commit`, and more than once. */
  discard(): Promise<void>;
}

/** A small part of a file system, rooted at one directory. Paths are relative to it, with `/`. */
export interface Directory {
  /** What messages call the directory. */
  readonly name: string;
  /** A file's bytes from an offset, or undefined if there is no such file. */
  read(path: string, start?: number): Promise<ByteStream | undefined>;
  /** A file's size in bytes, or undefined if there is no such file. */
  size(path: string): Promise<number | undefined>;
  /** Starts a file; the directory itself is created when needed. */
  create(): Promise<PendingFile>;
  /** Runs a read-modify-write while other processes are locked out. */
  exclusive<T>(action: () => Promise<T>): Promise<T>;
}

/** Opens a directory by its path; nothing is created before the first write. */
export type OpenDirectory = (path: string) => Directory;
