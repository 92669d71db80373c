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
  /**
   * Whether a layer may be read more than once. What is known of the base is then kept as it was before that layer.
   *
   * @default {false}
   */
  readonly isRepeatable?: boolean | undefined;
}

/**
 * Reads the base's layers, and makes the stages of the new ones, to be asked for from the lowest up. Each waits for the one below it to
 * be read, since that counts as its base too.
 */
export function alignWithBase(
  base: Promise<Selection>,
  options: AlignWithBaseOptions,
): () => Transform {
  const { source, codec, group: { signal, start }, onProgress, isRepeatable = false } = options;
  let top = start(async () =>
    await readBaseTree(await base, { source, codec, signal, onProgress })
  );
  return () => {
    const below = top;
    let finish: ((tree: BaseTree) => void) | undefined;
    top = new Promise((resolve) => finish = resolve);
    return async function* (source): ByteStream {
      const known = await abortable(below, signal);
      const tree = isRepeatable ? known.copy() : known;
      yield* alignWithTree(tree)(source);
      finish?.(tree);
    };
  };
}
