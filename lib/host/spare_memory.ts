/** Keeps memory small on Bun where very many short-lived values are made. */

import { hostProcess } from "./builtin.ts";
import { collectGarbage } from "./collect_garbage.ts";
import { runtime } from "./runtime.ts";

/** Values between two looks at the memory of the process. */
const VALUES = 4_096;

/** Bytes that a process may have before anything is done. */
const ENOUGH = 192 * 1024 * 1024;

/** Bytes that may come to be between two collections. */
const STEP = 16 * 1024 * 1024;

let values = 0;
let bound = ENOUGH;

/**
 * To be called for each of very many values, or a number of them. Bun collects garbage when its heap has doubled, and counts arrays of
 * bytes towards that: with 120 MB of paths in such arrays, 240 MB of garbage came to be; a collection takes 30 ms. Elsewhere it does
 * nothing.
 */
export function spareMemory(count: number = 1): void {
  values += count;
  if (values < VALUES) return;
  values = 0;
  if (runtime !== "bun" || hostProcess === undefined) return;
  const { memoryUsage } = hostProcess;
  if (memoryUsage.rss() < bound) return;
  collectGarbage();
  bound = Math.max(ENOUGH, memoryUsage.rss() + STEP);
}
