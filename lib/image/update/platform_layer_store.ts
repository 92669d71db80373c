/** Gives each image of a base its new layers, if some differ by platform. */

import { expectLater } from "../../base/expect_later.ts";
import { LayerError } from "../../layer/layer_error.ts";
import {
  isByPlatform,
  type LayerInput,
  openableInput,
  type PlatformLayerInput,
} from "../../layer/layer_input.ts";
import type { ImageConfig } from "../../oci/config.ts";
import type { Digest } from "../../oci/digest.ts";
import type { Manifest } from "../../oci/manifest.ts";
import type { Platform } from "../../oci/platform.ts";
import type { BaseLayerRead } from "./base_alignment.ts";
import type { BaseImage, BaseImages } from "../bases/base_images.ts";
import { type ImageLayers, LayerStore, type LayerStoreOptions } from "./layer_store.ts";
import { laterLayers, type LayersUnderWay } from "./store_layers.ts";
import { eachOnce, type StoredLayer } from "./stored_layer.ts";

/** Options of {@linkcode startLayers}. */
export interface StartLayersOptions extends LayerStoreOptions {
  /** The images that get layers. */
  readonly base: Pick<BaseImages, "all">;
}

/**
 * Starts to pack and upload the new layers of all images.
 *
 * @param inputs From the lowest up.
 */
export function startLayers(
  inputs: readonly (LayerInput | PlatformLayerInput)[],
  { base, ...options }: StartLayersOptions,
): ImageLayers {
  const common = inputs.filter((input): input is LayerInput => !isByPlatform(input));
  return common.length === inputs.length
    ? new LayerStore(common, options)
    : new PlatformLayerStore(inputs, { base, ...options });
}

/** Images that get the same layers. */
interface LayerSet {
  readonly inputs: readonly LayerInput[];
  readonly images: BaseImage[];
}

/** New layers of which some differ by platform. They are packed once for all images with the same layers. */
class PlatformLayerStore implements ImageLayers {
  /** By the digests of the images' configs. */
  readonly #stores: Promise<ReadonlyMap<Digest, Promise<LayerStore>>>;
  readonly #begun: LayerStore[] = [];

  constructor(
    inputs: readonly (LayerInput | PlatformLayerInput)[],
    options: StartLayersOptions,
  ) {
    this.#stores = expectLater(this.#begin(inputs, options));
  }

  for(manifest: Manifest, config: Pick<ImageConfig, "os">): LayersUnderWay {
    const own = this.#stores.then(async (stores) => {
      const store = await stores.get(manifest.config.digest);
      if (store === undefined) throw new Error("Cannot find an image among those of the base");
      return store.for(manifest, config);
    });
    return laterLayers(own);
  }

  async werePresent(): Promise<boolean> {
    const stores = await Promise.all((await this.#stores).values());
    const were = await Promise.all(stores.map((store) => store.werePresent()));
    return were.every((isThere) => isThere);
  }

  async all(): Promise<readonly StoredLayer[]> {
    const all = (await Promise.all(this.#begun.map((store) => store.all()))).flat();
    return eachOnce(all);
  }

  get baseRead(): readonly BaseLayerRead[] {
    return this.#begun.flatMap((store) => store.baseRead);
  }

  async close(): Promise<void> {
    await Promise.all(this.#begun.map((store) => store.close()));
  }

  async #begin(
    inputs: readonly (LayerInput | PlatformLayerInput)[],
    { base, store, align }: StartLayersOptions,
  ): Promise<ReadonlyMap<Digest, Promise<LayerStore>>> {
    const sets: LayerSet[] = [];
    for (const image of await base.all()) {
      const own = await Promise.all(inputs.map((input) => inputFor(image.platform, input)));
      const same = sets.find((set) => set.inputs.every((input, at) => input === own[at]));
      if (same === undefined) sets.push({ inputs: own, images: [image] });
      else same.images.push(image);
    }
    if (sets.length > 1) requireReplayable(inputs);
    const stores = new Map<Digest, Promise<LayerStore>>();
    const isShared = !inputs.every(isByPlatform);
    let before: Promise<unknown> = Promise.resolve();
    for (const { inputs, images } of sets) {
      const begin = (): LayerStore => {
        const own = new LayerStore(inputs, {
          store,
          align: align && { ...align, images: { all: () => Promise.resolve(images) } },
        });
        this.#begun.push(own);
        return own;
      };
      const own = expectLater(before.then(begin));
      // One set after the other, so that shared layers are stored when the next set needs them, and not sent again.
      if (isShared) before = own.then((store) => untilStored(store, images));
      for (const { manifest } of images) stores.set(manifest.config.digest, own);
    }
    expectLater(before);
    return stores;
  }
}

/** Waits for the layers of the first image. A failure is reported to whoever asks for the layers. */
async function untilStored(store: LayerStore, [image]: readonly BaseImage[]): Promise<void> {
  if (image === undefined) return;
  await store.for(image.manifest, image.config).layers.catch(() => {});
}

async function inputFor(
  platform: Platform | undefined,
  input: LayerInput | PlatformLayerInput,
): Promise<LayerInput> {
  if (!isByPlatform(input)) return input;
  if (platform === undefined) {
    throw new LayerError(
      "Cannot choose a layer that differs by platform: the image does not say what it is for",
    );
  }
  const own = await input.forPlatform(platform);
  openableInput(own);
  return own;
}

/** Checks that layers beside those that differ can be read again, for each platform. */
function requireReplayable(inputs: readonly (LayerInput | PlatformLayerInput)[]): void {
  if (inputs.every((input) => isByPlatform(input) || openableInput(input).replayable)) return;
  throw new LayerError(
    "Cannot put a layer that can be read only once beside one that differs by platform: it is read for each platform; give it as a file",
  );
}
