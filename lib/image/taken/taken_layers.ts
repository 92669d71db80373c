/** Puts layers of repositories below the new layers of each image. */

import { expectLater } from "../../base/expect_later.ts";
import { once } from "../../base/once.ts";
import type { ImageConfig } from "../../oci/config.ts";
import type { Digest } from "../../oci/digest.ts";
import type { Manifest } from "../../oci/manifest.ts";
import type { Platform } from "../../oci/platform.ts";
import type { BlobFetcher } from "../../storage/repository.ts";
import type { BaseLayerRead } from "../update/base_alignment.ts";
import type { BaseImage, BaseImages } from "../bases/base_images.ts";
import type { FoundLayer } from "./find_layers.ts";
import type { ImageLayers } from "../update/layer_store.ts";
import { laterLayers, type LayersUnderWay } from "../update/store_layers.ts";
import type { StoredLayer } from "../update/stored_layer.ts";

/** Finds the layers that an image of a platform takes, from the lowest up. */
export type FindTaken = (platform: Platform | undefined) => Promise<readonly FoundLayer[]>;

/** The images of a base with the taken layers on top, which the new layers go on. */
export class TakingImages {
  readonly #images: Pick<BaseImages, "all">;
  readonly #find: FindTaken;
  readonly #found = new Map<Digest, Promise<readonly FoundLayer[]>>();
  /** Repositories of the taken layers. */
  readonly #sources = new Map<Digest, BlobFetcher>();

  constructor(images: Pick<BaseImages, "all">, find: FindTaken) {
    this.#images = images;
    this.#find = find;
  }

  /** All images. */
  async all(): Promise<readonly BaseImage[]> {
    return await Promise.all(
      (await this.#images.all()).map(async (image) => {
        const taken = await this.#takenBy(image);
        return { ...image, manifest: withLayers(image.manifest, taken) };
      }),
    );
  }

  /** The layers that an image takes. */
  async of({ config: { digest } }: Manifest): Promise<readonly FoundLayer[]> {
    const image = (await this.#images.all()).find(({ manifest }) =>
      manifest.config.digest === digest
    );
    if (image === undefined) throw new Error("Cannot find an image among those of the base");
    return await this.#takenBy(image);
  }

  /** Reads layers: those of the base in its repository, taken ones where they were found. */
  source(base: BlobFetcher): BlobFetcher {
    const sourceOf = (digest: Digest): BlobFetcher => this.#sources.get(digest) ?? base;
    return {
      name: base.name,
      getBlob: (blob, options) => sourceOf(blob.digest).getBlob(blob, options),
      getBlobPart: async (blob, range, options) =>
        await sourceOf(blob.digest).getBlobPart?.(blob, range, options),
    };
  }

  #takenBy({ platform, manifest }: BaseImage): Promise<readonly FoundLayer[]> {
    return once(this.#found, manifest.config.digest, async () => {
      const found = await this.#find(platform);
      for (const { descriptor, copy } of found) this.#sources.set(descriptor.digest, copy.source);
      return found;
    });
  }
}

/** An image's manifest with further layers, which is used only to read them. */
function withLayers(manifest: Manifest, taken: readonly FoundLayer[]): Manifest {
  const layers = [...manifest.layers, ...taken.map(({ descriptor }) => descriptor)];
  return { ...manifest, layers };
}

/** The taken layers, and above them the new ones. */
export class TakenLayers implements ImageLayers {
  readonly #made: ImageLayers;
  readonly #images: TakingImages;
  readonly #stored = new Map<Digest, Promise<StoredLayer>>();

  constructor(made: ImageLayers, images: TakingImages) {
    this.#made = made;
    this.#images = images;
  }

  for(manifest: Manifest, config: Pick<ImageConfig, "os">): LayersUnderWay {
    const begin = async (): Promise<LayersUnderWay> => {
      const taken = await this.#images.of(manifest);
      const above = this.#made.for(withLayers(manifest, taken), config);
      const stored = expectLater(
        Promise.all(
          taken.map((layer) => once(this.#stored, layer.descriptor.digest, () => store(layer))),
        ),
      );
      return {
        packed: expectLater(above.packed.then((packed) => [...taken, ...packed])),
        get layers(): Promise<readonly StoredLayer[]> {
          const { layers } = above;
          return expectLater(
            Promise.all([stored, layers]).then(([below, own]) => [...below, ...own]),
          );
        },
        werePresent: above.werePresent,
      };
    };
    return laterLayers(begin());
  }

  async werePresent(): Promise<boolean> {
    return await this.#made.werePresent();
  }

  async all(): Promise<readonly StoredLayer[]> {
    return [...await Promise.all(this.#stored.values()), ...await this.#made.all()];
  }

  get baseRead(): readonly BaseLayerRead[] {
    return this.#made.baseRead;
  }

  async close(): Promise<void> {
    await this.#made.close();
  }
}

async function store(layer: FoundLayer): Promise<StoredLayer> {
  const { descriptor, copy, diffId, compression, annotations, createdBy } = layer;
  const { digest, size } = descriptor;
  const uploaded = await copy.copier.copy(descriptor);
  return {
    ...{ digest, size, diffId, compression, annotations, createdBy, uploaded },
    repaired: [],
    isOfWindows: false,
  };
}
