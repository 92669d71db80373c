/** Fits new layers onto what the base has. */

import { abortable } from "../../base/abortable.ts";
import type { ByteStream, Transform } from "../../base/bytes.ts";
import type { TaskGroup } from "../../base/task_group.ts";
import { type BaseTree, fitOnto } from "../../layer/base_tree.ts";
import { readBaseTree, type ReadBaseTreeOptions } from "./read_base_tree.ts";
import type { Selection } from "../index/select_images.ts";

/** Options of {@linkcode alignWithBase}. */
export interface FitOptions extends Omit<ReadBaseTreeOptions, "signal"> {
  readonly group: TaskGroup;
}

/**
 * Reads the base's layers, and makes the stages of the new ones, to be asked for from the lowest up. Each waits for the one below it to
 * be read, since that counts as its base too.
 */
export function alignWithBase(base: Promise<Selection>, options: FitOptions): () => Transform {
  const { group: { signal, start } } = options;
  let top = start(async () => await readBaseTree(await base, { ...options, signal }));
  return () => {
    const below = top;
    let finish: ((tree: BaseTree) => void) | undefined;
    top = new Promise((resolve) => finish = resolve);
    return async function* (source): ByteStream {
      const tree = await abortable(below, signal);
      yield* fitOnto(tree)(source);
      finish?.(tree);
    };
  };
}
