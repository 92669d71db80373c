/** The seam for what is worth remembering from run to run: a directory of the user's where a host has one. */

import type { Bytes } from "../base/bytes.ts";

/** Small values by their names. What is lost is only learnt anew, so nothing here ever fails: it finds nothing, or keeps nothing. */
export interface CacheStore {
  /** The bytes that were kept under a name, or undefined. */
  get(name: string): Promise<Bytes | undefined>;
  /** Keeps bytes under a name, in place of earlier ones; others may have to make room. */
  put(name: string, bytes: Bytes): Promise<void>;
}
