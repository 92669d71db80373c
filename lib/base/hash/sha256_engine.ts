/** The seam between SHA-256 and its two compression functions: plain TypeScript and WebAssembly. */

import type { Bytes } from "../bytes.ts";

/** The compression function, and the state that it works on. */
export interface Sha256Engine {
  /** Eight words. */
  readonly state: Int32Array;
  /** Adds whole blocks of 64 bytes. */
  hashBlocks(bytes: Bytes, start: number, end: number): void;
}
