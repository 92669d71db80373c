/**
 * Limits the layers that repeated syncs under one name make to two: a whole one, and above it the difference since then.
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

/** The largest difference, as a share of the compressed size of the whole layer. */
const LARGEST_PART = 0.5;

/**
 * The part of an image below the new layers of a name.
 *
 * @param keepsFirst Whether the lowest layer of the name stays below the new ones.
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

/** The most bytes of a difference, in all images: the smallest whole layer decides. */
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
  /** Options of layers that go on the lowest layer of the name, or replace it. */
  readonly optionsFor: (keepsFirst: boolean) => StartLayersOptions;
}

/** Starts the layers of a name, whose inputs are differences to what they are put on. */
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
  /** Layers on the lowest one of the name, if the image has one. They fail with a `WholeNeededError` if they must replace it. */
  readonly differences: ImageLayers;
  /** Starts layers that replace it. */
  readonly startWhole: () => ImageLayers;
}

/** Gives an image the difference to its present layer, or a whole layer. */
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

  /** Whether the target had all layers before; false if one may have to be made whole. */
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
    for (const layer of [...this.#whole?.baseRead ?? [], ...differences.baseRead]) {
      const bytes = layer.bytes + (all.get(layer.digest)?.bytes ?? 0);
      all.set(layer.digest, { ...layer, bytes });
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
