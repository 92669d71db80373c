/** The interface of a hash function, which TypeScript, WebAssembly and hosts implement. */

import type { Bytes } from "../bytes.ts";

/** An incremental SHA-256. */
export interface Hasher {
  /** Adds bytes. If it returns a promise, the array must not be changed until that is settled. */
  update(chunk: Bytes): void | Promise<void>;
  /** The 32 bytes of the hash; the hasher is spent afterwards. */
  digest(): Bytes | Promise<Bytes>;
}

/** Makes a hasher. */
export type CreateHasher = () => Hasher;
