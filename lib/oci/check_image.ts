/** Checks that a manifest and its config describe the same image. */

import type { ImageConfig } from "./config.ts";
import type { Manifest } from "./manifest.ts";

/**
 * Tells how an image contradicts itself, so that no engine runs it: its manifest and its config have different numbers of layers, or its
 * history has more steps with a layer than there are layers. All engines take a shorter history.
 *
 * @returns the end of a sentence; undefined if there is no contradiction.
 */
export function contradictionOf(
  { layers }: Pick<Manifest, "layers">,
  { rootfs, history }: Pick<ImageConfig, "rootfs" | "history">,
): string | undefined {
  const diffIds = rootfs.diff_ids.length;
  if (layers.length !== diffIds) {
    return `its manifest lists ${layers.length} layers, and its config ${diffIds} diff_ids`;
  }
  const steps = (history ?? []).filter((entry) => entry.empty_layer !== true).length;
  if (steps <= diffIds) return undefined;
  return `its history tells of ${steps} layers, and there are ${diffIds}`;
}
