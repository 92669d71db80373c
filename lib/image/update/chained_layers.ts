/**
 * Keeps the chain of layers short that syncs under one name make: there are at most two, the one that was made whole and one with what has
 * become different since.
 */

import { expectLater } from "../../base/expect_later.ts";
import type { Digest } from "../../oci/digest.ts";
import type { ImageConfig } from "../../oci/config.ts";
import type { Manifest } from "../../oci/manifest.ts";
import { findNamedLayers } from "../../oci/named_layers.ts";
import type { LayerInput, PlatformLayerInput } from "../../layer/layer_input.ts";
import { WholeNeededError } from "../../layer/sync/whole_needed_error.ts";
import type { BaseLayerRead } from "./base_alignment.ts";
import type { BaseImage, BaseImages } from "../bases/base_images.ts";
import type { ImageLayers } from "./layer_store.ts";
import { eachOnce, type StoredLayer } from "./stored_layer.ts";
import { startLayers, type StartLayersOptions } from "./platform_layer_store.ts";
import { laterLayers, type LayersUnderWay } from "./store_layers.ts";

/** The part of a whole layer, compressed, that what lies on it may have. */
const LARGEST_PART = 0.5;

/**
 * The part of an image that new layers of a name lie on.
 *
 * @param keepsFirst Whether the lowest of those that the image has stays below them.
 */
export function belowNamed(
  image: BaseImage,
  name: string | undefined,
  keepsFirst: boolean = false,
): BaseImage {
  const places = name === undefined ? [] : findNamedLayers(image.config, name).places;
  const [first] = places;
  if (first === undefined) return image;
  const { manifest } = image;
  const end = keepsFirst ? first + 1 : first;
  const above = manifest.layers.filter((_, at) => at >= end && !places.includes(at));
  const layers = manifest.layers.slice(0, end);
  return { ...image, manifest: { ...manifest, layers }, above, keepsNamed: keepsFirst };
}

/** Bytes that a layer may have that is to lie on the lowest one of its name: in all images, so that one decides for all. */
async function largestDifference(
  images: Pick<BaseImages, "all">,
  name: string,
): Promise<number> {
  const sizes = (await images.all()).flatMap(({ config, manifest }) => {
    const [first = -1] = findNamedLayers(config, name).places;
    const whole = manifest.layers[first];
    return whole === undefined ? [] : [whole.size * LARGEST_PART];
  });
  return Math.min(Infinity, ...sizes);
}

/** Options of {@linkcode startChain}. */
export interface StartChainOptions {
  readonly name: string;
  /** The images as they are. */
  readonly base: Pick<BaseImages, "all">;
  /** What layers are made with that lie on the lowest one of the name, or below it. */
  readonly optionsFor: (keepsFirst: boolean) => StartLayersOptions;
}

/** Begins the layers of a name, which are given as the difference to what they are laid onto. */
export function startChain(
  inputs: readonly (LayerInput | PlatformLayerInput)[],
  { name, base, optionsFor }: StartChainOptions,
): ImageLayers {
  const options = optionsFor(true);
  const store = { ...options.store, largest: () => largestDifference(base, name) };
  return new ChainedLayers({
    name,
    differences: startLayers(inputs, { ...options, store }),
    startWhole: () => startLayers(inputs, optionsFor(false)),
  });
}

/** Options of {@linkcode ChainedLayers}. */
interface ChainedLayersOptions {
  readonly name: string;
  /** Layers that lie on the lowest one of the name, where the image has one; they fail by a `WholeNeededError` if they may not. */
  readonly differences: ImageLayers;
  /** Begins those that take its place. */
  readonly startWhole: () => ImageLayers;
}

/** Gives an image the difference to the layer that it has, or a whole one. */
class ChainedLayers implements ImageLayers {
  readonly #options: ChainedLayersOptions;
  readonly #given: Promise<readonly StoredLayer[]>[] = [];
  #whole: ImageLayers | undefined;

  constructor(options: ChainedLayersOptions) {
    this.#options = options;
  }

  for(manifest: Manifest, config: ImageConfig): LayersUnderWay {
    const { name, differences } = this.#options;
    const hasNamed = findNamedLayers(config, name).places.length > 0;
    const difference = differences.for(manifest, config);
    const mayKeep = difference.packed.then(() => true, (error) => {
      if (error instanceof WholeNeededError) return false;
      throw error;
    });
    const chosen = laterLayers(
      mayKeep.then((may) => may ? difference : this.#startWhole().for(manifest, config)),
    );
    this.#given.push(chosen.layers);
    return { ...chosen, keepsFirst: expectLater(mayKeep.then((may) => may && hasNamed)) };
  }

  /** Whether the target had all layers before; false where one may have to be made anew. */
  async werePresent(): Promise<boolean> {
    try {
      return await this.#options.differences.werePresent();
    } catch (error) {
      if (error instanceof WholeNeededError) return false;
      throw error;
    }
  }

  async all(): Promise<readonly StoredLayer[]> {
    const all = (await Promise.all(this.#given)).flat();
    return eachOnce(all);
  }

  get baseRead(): readonly BaseLayerRead[] {
    const { differences } = this.#options;
    const all = new Map<Digest, BaseLayerRead>();
    for (const one of [...this.#whole?.baseRead ?? [], ...differences.baseRead]) {
      const bytes = one.bytes + (all.get(one.digest)?.bytes ?? 0);
      all.set(one.digest, { ...one, bytes });
    }
    return [...all.values()];
  }

  async close(): Promise<void> {
    await Promise.all([this.#options.differences.close(), this.#whole?.close()]);
  }

  #startWhole(): ImageLayers {
    this.#whole ??= this.#options.startWhole();
    return this.#whole;
  }
}
