/** Giving back memory of what is no longer used. */

import { runtimeApi } from "./runtime.ts";

/**
 * Collects garbage on Bun, which lets up to 30 MB of it pile up, more than all that a run uses. The other runtimes have no such call, and
 * less need of it.
 */
export function collectGarbage(): void {
  runtimeApi<{ gc(now: boolean): void }>("Bun")?.gc?.(true);
}
