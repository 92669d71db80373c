/** Hashes many files with one call, in a thread for `hash_files.ts`. */

import { builtin } from "../builtin.ts";

/** Paths of files, each with a NUL at its end: one string is cloned faster than a list. */
export type HashQuestion = string;

/** SHA-256 in base64, one a line. The line is empty if the file could not be read: then the main thread tries again, for the error. */
export type HashAnswer = string;

/** Bytes of a read. */
const READ_SIZE = 256 * 1024;

let buffer: Uint8Array | undefined;

/** Hashes files. */
export function hashBatch(question: HashQuestion): [HashAnswer, ArrayBuffer[]] {
  const hashes = question.split("\0").slice(0, -1).map((path) => {
    try {
      return hashFile(path);
    } catch {
      return "";
    }
  });
  return [hashes.join("\n"), []];
}

/**
 * Hashes one file.
 *
 * @throws the system's error.
 */
export function hashFile(path: string): string {
  const { openSync, readSync, closeSync } = builtin("node:fs");
  const hash = builtin("node:crypto").createHash("sha256");
  const target = buffer ??= new Uint8Array(READ_SIZE);
  const descriptor = openSync(path, "r");
  try {
    for (let count = -1; count !== 0;) {
      count = readSync(descriptor, target, 0, target.length, null);
      hash.update(target.subarray(0, count));
    }
  } finally {
    closeSync(descriptor);
  }
  return hash.digest("base64");
}
