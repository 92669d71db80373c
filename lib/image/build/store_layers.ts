/** Packs the new layers into the target, side by side. */

import type { Transform } from "../../base/bytes.ts";
import { expectLater } from "../../base/expect_later.ts";
import type { LayerInput } from "../../layer/layer_input.ts";
import type { Digest } from "../../oci/digest.ts";
import type { StoredLayer } from "./stored_layer.ts";
import { storeLayer, type StoreLayerOptions } from "./store_layer.ts";

/** Options of {@linkcode storeLayers}. */
export interface StoreLayersOptions extends
  Pick<
    StoreLayerOptions,
    "repository" | "access" | "group" | "compression" | "compressionLevel" | "onProgress"
  > {
  /** Makes the stage of each layer that aligns it with the base; called from the lowest layer up. */
  readonly align?: (() => Transform) | undefined;
}

/** Layers on their way into the target. */
export interface LayersUnderWay {
  /** Settles when all layers are in the target's storage. */
  readonly layers: Promise<readonly StoredLayer[]>;
  /** Settles when all layers were read, which may be earlier. */
  readonly diffIds: Promise<readonly Digest[]>;
}

/**
 * Begins to pack and upload layers.
 *
 * @param inputs From the lowest up.
 */
export function storeLayers(
  inputs: readonly LayerInput[],
  options: StoreLayersOptions,
): LayersUnderWay {
  const { repository, access, group, compression, compressionLevel, onProgress } = options;
  const packed: Promise<Digest>[] = [];
  const stored = inputs.map((input, index) => {
    let onPacked: ((diffId: Digest) => void) | undefined;
    packed.push(new Promise((resolve) => onPacked = resolve));
    const name = inputs.length === 1 ? undefined : `layer ${index + 1}`;
    const align = options.align?.();
    return group.start(() =>
      storeLayer(input, {
        repository,
        access,
        group,
        compression,
        compressionLevel,
        align,
        name,
        index,
        onProgress,
        onPacked,
      })
    );
  });
  const layers = expectLater(Promise.all(stored));
  // A layer that fails is never packed.
  const diffIds = expectLater(Promise.race([
    Promise.all(packed),
    layers.then((all) => all.map(({ diffId }) => diffId)),
  ]));
  return { layers, diffIds };
}
