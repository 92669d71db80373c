/** Directories for tests that are gone afterwards. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Runs an action with a new directory, and removes it with all that is in it. */
export async function withDirectory<T>(action: (path: string) => T | Promise<T>): Promise<T> {
  const path = await mkdtemp(join(tmpdir(), "appendlayer-test-"));
  try {
    return await action(path);
  } finally {
    await rm(path, { recursive: true, force: true });
  }
}
