/** Gives each image of a base its new layers: the same ones wherever that is right. */

import { expectLater } from "../../base/expect_later.ts";
import { once } from "../../base/once.ts";
import type { LayerInput } from "../../layer/layer_input.ts";
import type { Manifest } from "../../oci/manifest.ts";
import { BaseAlignment, type BaseAlignmentOptions } from "./base_alignment.ts";
import { BaseDifference } from "./base_difference.ts";
import type { StoredLayer } from "./stored_layer.ts";
import { type LayersUnderWay, storeLayers, type StoreLayersOptions } from "./store_layers.ts";

/** Options of {@linkcode LayerStore}. */
export interface LayerStoreOptions {
  readonly store: Omit<StoreLayersOptions, "alignment">;
  /** How the layers are aligned with the base; absent where it is not to be asked. */
  readonly align?: Omit<BaseAlignmentOptions, "only"> | undefined;
}

/** New layers on their way into the target, packed once for all images, or for each that wants others. */
export class LayerStore {
  readonly #inputs: readonly LayerInput[];
  readonly #options: LayerStoreOptions;
  readonly #shared: LayersUnderWay;
  readonly #own = new Map<string, Promise<LayersUnderWay>>();
  readonly #alignments: BaseAlignment[] = [];

  /**
   * Begins to pack and upload.
   *
   * @param inputs From the lowest up.
   */
  constructor(inputs: readonly LayerInput[], options: LayerStoreOptions) {
    this.#inputs = inputs;
    this.#options = options;
    this.#shared = this.#begin();
  }

  /** The layers of one image. */
  for(manifest: Manifest): LayersUnderWay {
    const pick = async <Key extends keyof LayersUnderWay>(
      key: Key,
    ): Promise<Awaited<LayersUnderWay[Key]>> => {
      try {
        return await this.#shared[key];
      } catch (error) {
        if (!(error instanceof BaseDifference)) throw error;
        const own = await once(
          this.#own,
          manifest.layers.map(({ digest }) => digest).join(" "),
          () => Promise.resolve(this.#begin(manifest)),
        );
        return await own[key];
      }
    };
    return {
      layers: expectLater(pick("layers")),
      diffIds: expectLater(pick("diffIds")),
      werePresent: expectLater(pick("werePresent")),
    };
  }

  /** Whether the target had all layers before; false where images get different ones. */
  async werePresent(): Promise<boolean> {
    try {
      return await this.#shared.werePresent;
    } catch (error) {
      if (error instanceof BaseDifference) return false;
      throw error;
    }
  }

  /** All layers that were made, once the images have theirs. */
  async all(): Promise<readonly StoredLayer[]> {
    const own = await Promise.all(this.#own.values());
    const made = own.length === 0 ? [this.#shared] : own;
    const all = (await Promise.all(made.map(({ layers }) => layers))).flat();
    return [...new Map(all.map((layer) => [layer.digest, layer])).values()];
  }

  /** Stops reading the base. */
  async close(): Promise<void> {
    await Promise.all(this.#alignments.map((alignment) => alignment.close()));
  }

  #begin(only?: Manifest): LayersUnderWay {
    const { store, align } = this.#options;
    const alignment = align && new BaseAlignment({ ...align, only });
    if (alignment !== undefined) this.#alignments.push(alignment);
    return storeLayers(this.#inputs, { ...store, alignment });
  }
}
