/** The seam for bytes that must be readable a second time: a temporary file if the host has one. */

import type { Bytes, ByteStream } from "../base/bytes.ts";

/** Keeps the bytes that are written to it, so that they can be read again. */
export interface Spool {
  /** Appends. The array may be reused once the promise is settled. */
  write(chunk: Bytes): Promise<void>;
  /** The bytes from an offset to the present end. */
  read(start: number): ByteStream;
  /**
   * How many more bytes may be written, so that the disk is not filled.
   *
   * @default unknown
   */
  room?(): Promise<number>;
  /** Frees the spool. Safe to call more than once. */
  dispose(): Promise<void>;
}

/** Makes an empty spool. */
export type CreateSpool = () => Promise<Spool>;
