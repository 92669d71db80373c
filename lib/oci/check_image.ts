/** Whether a manifest and its config tell of the same image. */

import type { ImageConfig } from "./config.ts";
import type { Manifest } from "./manifest.ts";

/**
 * Says in what an image contradicts itself, so that no engine runs it: another number of layers in its manifest than in its config, or
 * more steps in its history that made a layer than there are layers. A shorter history is taken by all.
 *
 * @returns the end of a sentence, or undefined where it does not.
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
