/** Gives each image of a base its new layers, which are shared by all images if possible. */

import type { ByteStream } from "../../base/bytes.ts";
import { expectLater } from "../../base/expect_later.ts";
import { once } from "../../base/once.ts";
import type { BaseQuestions } from "../../layer/base/base_questions.ts";
import { ROOT } from "../../layer/files/owner.ts";
import { LayerError } from "../../layer/layer_error.ts";
import { type LayerInput, openableInput } from "../../layer/layer_input.ts";
import { windowsLayer } from "../../layer/windows_layer.ts";
import type { ImageConfig } from "../../oci/config.ts";
import type { Digest } from "../../oci/digest.ts";
import type { Manifest } from "../../oci/manifest.ts";
import { NotFoundError } from "../../storage/not_found_error.ts";
import { BaseAlignment, type BaseAlignmentOptions, type BaseLayerRead } from "./base_alignment.ts";
import { BaseDifference } from "./base_difference.ts";
import { eachOnce, type StoredLayer } from "./stored_layer.ts";
import {
  laterLayers,
  type LayersUnderWay,
  storeLayers,
  type StoreLayersOptions,
} from "./store_layers.ts";

/** Options of {@linkcode LayerStore}. */
export interface LayerStoreOptions {
  readonly store: Omit<StoreLayersOptions, "alignment">;
  /** How the layers are aligned with the base; absent if it is not to be read. */
  readonly align?: Omit<BaseAlignmentOptions, "only"> | undefined;
}

/** The source of an image's new layers. */
export type ImageLayers = Pick<
  LayerStore,
  "for" | "werePresent" | "all" | "baseRead" | "close"
>;

/** Windows images are not read, and their files have no numeric owners. */
const WINDOWS_BASE: BaseQuestions = {
  kindOf: () => Promise.resolve("missing"),
  ownerOf: () => Promise.resolve(ROOT),
};

/** New layers that are being put into the target: packed once for all images, or separately for each image that needs others. */
export class LayerStore {
  readonly #inputs: readonly LayerInput[];
  readonly #options: LayerStoreOptions;
  readonly #shared: LayersUnderWay;
  readonly #own = new Map<Digest, Promise<LayersUnderWay>>();
  readonly #alignments: BaseAlignment[] = [];
  #windows: Promise<LayersUnderWay> | undefined;
  #isSharedUsed = false;

  /**
   * Starts to pack and upload the layers.
   *
   * @param inputs From the lowest up.
   */
  constructor(inputs: readonly LayerInput[], options: LayerStoreOptions) {
    this.#inputs = inputs;
    this.#options = options;
    this.#shared = this.#begin();
  }

  /** The layers of one image. */
  for(manifest: Manifest, { os }: Pick<ImageConfig, "os">): LayersUnderWay {
    if (os === "windows") return this.#forWindows();
    this.#isSharedUsed = true;
    const sharedOrOwn = async <Key extends keyof LayersUnderWay>(
      key: Key,
    ): Promise<Awaited<LayersUnderWay[Key]>> => {
      try {
        return await this.#shared[key];
      } catch (error) {
        if (!(error instanceof BaseDifference)) throw error;
        const own = await once(
          this.#own,
          manifest.config.digest,
          () => Promise.resolve(this.#begin(manifest)),
        );
        return await own[key];
      }
    };
    return {
      layers: expectLater(sharedOrOwn("layers")),
      packed: expectLater(sharedOrOwn("packed")),
      werePresent: expectLater(sharedOrOwn("werePresent")),
    };
  }

  /** Whether the target had all layers before; false if images get different ones. */
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
    if (own.length === 0 && this.#isSharedUsed) own.push(this.#shared);
    const made = this.#windows === undefined ? own : [...own, await this.#windows];
    const all = (await Promise.all(made.map(({ layers }) => layers))).flat();
    return eachOnce(all);
  }

  /** What was read of the base's layers. */
  get baseRead(): readonly BaseLayerRead[] {
    return this.#alignments.flatMap(({ read }) => read);
  }

  /** Stops reading the base. */
  async close(): Promise<void> {
    await Promise.all(this.#alignments.map((alignment) => alignment.close()));
  }

  #forWindows(): LayersUnderWay {
    this.#windows ??= expectLater(this.#beginWindows());
    const windows = this.#windows;
    return laterLayers(windows);
  }

  /** Windows images get layers of their own, unless the archives were made for Windows. */
  async #beginWindows(): Promise<LayersUnderWay> {
    const shared = await this.#shared.layers.catch((error) => {
      if (!(error instanceof BaseDifference)) throw error;
    });
    if (shared?.every(({ isOfWindows }) => isOfWindows)) return this.#shared;
    const wrapped = this.#inputs.map((input, index): LayerInput => {
      const { name = "the layer", edit, replayable, open } = openableInput(input);
      if (!replayable) {
        const stored = shared?.length === this.#inputs.length ? shared[index] : undefined;
        return { name, input: () => this.#readAgain(stored), edit: windowsLayer() };
      }
      return {
        name,
        input: () => open(WINDOWS_BASE),
        edit: (source) => windowsLayer()(edit === undefined ? source : edit(source)),
      };
    });
    return storeLayers(wrapped, this.#options.store);
  }

  /**
   * Reads a layer, whose input can be read only once, back from the target. If it was aligned with the base of other images, it does not
   * fit a Windows image.
   */
  async *#readAgain(stored: StoredLayer | undefined): ByteStream {
    const { repository, group: { signal } } = this.#options.store;
    try {
      const isAsGiven = stored !== undefined && this.baseRead.length === 0;
      if (isAsGiven && repository.getBlob !== undefined) {
        return yield* repository.getBlob(stored, { signal });
      }
    } catch (error) {
      // In a dry run it was not stored.
      if (!(error instanceof NotFoundError)) throw error;
    }
    throw new LayerError(
      "Cannot put a layer that can be read only once onto a Windows image: its entries go below Files, which is known too late; give it as a file, or with Files and Hives in it",
    );
  }

  #begin(only?: Manifest): LayersUnderWay {
    const { store, align } = this.#options;
    const alignment = align && new BaseAlignment({ ...align, only });
    if (alignment !== undefined) this.#alignments.push(alignment);
    return storeLayers(this.#inputs, { ...store, alignment });
  }
}
