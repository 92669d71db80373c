/** The program of a thread that hashes files. */

import type { HashAnswer, HashQuestion } from "../../lib/host/files/hash_batch.ts";
import { hashBatch } from "../../lib/host/files/hash_batch.ts";

/** Makes the function that answers questions. */
export function prepare(): (question: HashQuestion) => [HashAnswer, ArrayBuffer[]] {
  return hashBatch;
}
