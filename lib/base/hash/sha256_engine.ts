/** The interface of SHA-256's compression function, implemented in TypeScript and in WebAssembly. */

import type { Bytes } from "../bytes.ts";

/** The compression function, with its state. */
export interface Sha256Engine {
  /** The hash so far: eight words. */
  readonly state: Int32Array;
  /** Adds whole blocks of 64 bytes. */
  hashBlocks(bytes: Bytes, start: number, end: number): void;
}
