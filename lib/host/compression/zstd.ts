/** Detects zstd, which is in `node:zlib` of Deno, Bun, and Node from 22.15 on. */

import { builtin } from "../builtin.ts";

/** Whether this runtime has zstd. */
export function hasZstd(): boolean {
  return typeof builtin("node:zlib").createZstdCompress === "function";
}

/**
 * Requires a runtime with zstd.
 *
 * @param verb What zstd is needed for, for the message.
 * @throws {TypeError} if the runtime has no zstd.
 */
export function requireZstd(verb: "compress" | "decompress"): void {
  if (hasZstd()) return;
  throw new TypeError(
    `Cannot ${verb} zstd: this runtime has none (Deno, Bun, and Node 22.15 and later have)`,
  );
}
