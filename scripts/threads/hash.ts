/** The program of a thread that hashes files. */

import type { HashAnswer, HashQuestion } from "../../lib/host/files/hash_batch.ts";
import { hashBatch } from "../../lib/host/files/hash_batch.ts";

/** Gives what answers. */
export function prepare(): (question: HashQuestion) => [HashAnswer, ArrayBuffer[]] {
  return hashBatch;
}
