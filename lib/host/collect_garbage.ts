/** Frees unused memory. */

import { runtimeApi } from "./runtime.ts";

/**
 * Collects garbage on Bun, which otherwise lets up to 30 MB pile up, more than a run uses. The other runtimes have no such call, and need
 * it less.
 */
export function collectGarbage(): void {
  runtimeApi<{ gc(now: boolean): void }>("Bun")?.gc?.(true);
}
