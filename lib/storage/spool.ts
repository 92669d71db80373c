/** The seam for bytes that must be readable a second time: a temporary file where a host has one. */

import type { Bytes, ByteStream } from "../base/bytes.ts";

/** A place that keeps what was written, for reading it again. */
export interface Spool {
  /** Appends. The array may be reused once the promise is settled. */
  write(chunk: Bytes): Promise<void>;
  /** What was written from an offset (bytes) to the present end. */
  read(start: number): ByteStream;
  /**
   * Bytes that it may take beside what it has: the disk is not to be filled.
   *
   * @default unknown
   */
  room?(): Promise<number>;
  /** Frees it. Safe to call more than once. */
  dispose(): Promise<void>;
}

/** Makes an empty spool. */
export type CreateSpool = () => Promise<Spool>;
