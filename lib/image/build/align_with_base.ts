/** Aligns new layers with the directories and links of the base. */

import { abortable } from "../../base/abortable.ts";
import type { ByteStream, Transform } from "../../base/bytes.ts";
import type { TaskGroup } from "../../base/task_group.ts";
import { alignWithTree, type BaseTree } from "../../layer/base_tree.ts";
import { readBaseTree, type ReadBaseTreeOptions } from "./read_base_tree.ts";
import type { Selection } from "../index/select_images.ts";

/** Options of {@linkcode alignWithBase}. */
export interface AlignWithBaseOptions extends Omit<ReadBaseTreeOptions, "signal"> {
  readonly group: TaskGroup;
}

/**
 * Reads the base's layers, and makes the stages of the new ones, to be asked for from the lowest up. Each waits for the one below it to
 * be read, since that counts as its base too.
 */
export function alignWithBase(
  base: Promise<Selection>,
  options: AlignWithBaseOptions,
): () => Transform {
  const { source, codec, group: { signal, start }, onProgress } = options;
  let top = start(async () =>
    await readBaseTree(await base, { source, codec, signal, onProgress })
  );
  return () => {
    const below = top;
    let finish: ((tree: BaseTree) => void) | undefined;
    top = new Promise((resolve) => finish = resolve);
    return async function* (source): ByteStream {
      const tree = await abortable(below, signal);
      yield* alignWithTree(tree)(source);
      finish?.(tree);
    };
  };
}
