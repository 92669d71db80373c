/** Keeps memory small on Bun while very many short-lived values are made. */

import { hostProcess } from "./builtin.ts";
import { collectGarbage } from "./collect_garbage.ts";
import { runtime } from "./runtime.ts";

/** Values between two checks of the process's memory. */
const VALUES = 4_096;

/** Bytes of memory below which nothing is done. */
const ENOUGH = 192 * 1024 * 1024;

/** Bytes of growth between two collections. */
const STEP = 16 * 1024 * 1024;

let values = 0;
let bound = ENOUGH;

/**
 * To be called for each of very many values, or for a number of them. Bun collects garbage only when its heap has doubled, byte arrays
 * included: with 120 MB of paths in such arrays, 240 MB of garbage piled up. A collection takes 30 ms. On other runtimes this does nothing.
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
