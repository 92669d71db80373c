/** The interface of a hash function: plain TypeScript and WebAssembly implement it, and hosts with a native one. */

import type { Bytes } from "../bytes.ts";

/** An incremental SHA-256. */
export interface Hasher {
  /** Adds bytes. Await the result where there is one before reusing the array. */
  update(chunk: Bytes): void | Promise<void>;
  /** The 32 bytes of the hash; the hasher is spent afterwards. */
  digest(): Bytes | Promise<Bytes>;
}

/** Makes a hasher. */
export type CreateHasher = () => Hasher;
