/** Puts the layers of a batch into the target of one image. */

import { expectLater } from "../../base/expect_later.ts";
import { once } from "../../base/once.ts";
import type { ImageConfig } from "../../oci/config.ts";
import type { Digest } from "../../oci/digest.ts";
import type { Manifest } from "../../oci/manifest.ts";
import type { BaseLayerRead } from "./base_alignment.ts";
import type { ImageLayers } from "./layer_store.ts";
import type { StoredLayer } from "./stored_layer.ts";
import type { LayersUnderWay } from "./store_layers.ts";

/** Options of {@linkcode PlacedLayers}. */
export interface PlacedLayersOptions {
  /** Makes the layers. */
  readonly made: ImageLayers;
  /** Puts a layer into the target; returns whether it was sent. */
  readonly place: (layer: StoredLayer) => Promise<boolean>;
  /** Called at the end. */
  readonly close: () => Promise<void>;
}

/** Layers that are put into the target when they are first asked for, which an image that has them already never does. */
export class PlacedLayers implements ImageLayers {
  readonly #options: PlacedLayersOptions;
  readonly #placed = new Map<Digest, Promise<StoredLayer>>();

  constructor(options: PlacedLayersOptions) {
    this.#options = options;
  }

  for(manifest: Manifest, config: Pick<ImageConfig, "os">): LayersUnderWay {
    const { made, place } = this.#options;
    const { layers, packed } = made.for(manifest, config);
    const put = async (layer: StoredLayer): Promise<StoredLayer> => ({
      ...layer,
      uploaded: await place(layer),
    });
    const placed = async (): Promise<readonly StoredLayer[]> => {
      const all = await layers;
      return await Promise.all(
        all.map((layer) => once(this.#placed, layer.digest, () => put(layer))),
      );
    };
    return {
      get layers(): Promise<readonly StoredLayer[]> {
        return expectLater(placed());
      },
      packed,
      werePresent: Promise.resolve(false),
    };
  }

  werePresent(): Promise<boolean> {
    return Promise.resolve(false);
  }

  async all(): Promise<readonly StoredLayer[]> {
    return await Promise.all(this.#placed.values());
  }

  get baseRead(): readonly BaseLayerRead[] {
    return this.#options.made.baseRead;
  }

  async close(): Promise<void> {
    await this.#options.close();
  }
}
