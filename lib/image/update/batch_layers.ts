/** The layers of a batch: packed once, or, if bases are asked, for each image, and sent once to each registry. */

import { createBlobSpool } from "../../archive/blob_spool.ts";
import { createLimiter, type Limiter } from "../../base/limiter.ts";
import type { TaskGroup } from "../../base/task_group.ts";
import {
  isByPlatform,
  type LayerInput,
  openableInput,
  type PlatformLayerInput,
} from "../../layer/layer_input.ts";
import type { LayerFormat } from "../../layer/compression/codec.ts";
import type { Location } from "../../storage/location.ts";
import type { Repository } from "../../storage/repository.ts";
import type { Access } from "../access/access.ts";
import type { Progress } from "../access/transfer_progress.ts";
import { KeptBlobs } from "./kept_blobs.ts";
import { LayerPlaces } from "./layer_places.ts";
import { type ImageLayers, LayerStore } from "./layer_store.ts";
import { PlacedLayers } from "./placed_layers.ts";
import { startLayers, type StartLayersOptions } from "./platform_layer_store.ts";

/** Options of {@linkcode BatchLayers}. */
export interface BatchLayersOptions {
  readonly layers: readonly (LayerInput | PlatformLayerInput)[];
  readonly compression?: LayerFormat | "keep" | undefined;
  readonly compressionLevel?: number | undefined;
  /** How much of the bases may be read. */
  readonly readBase: unknown;
  readonly dryRun?: boolean | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/** What the layers of a batch share. */
interface BatchLayersContext {
  readonly access: Access;
  readonly group: TaskGroup;
}

/** Gives each image of a batch its layers. */
export class BatchLayers {
  readonly #options: BatchLayersOptions;
  readonly #context: BatchLayersContext;
  readonly #places: LayerPlaces;
  readonly #limit: Limiter;
  readonly #kept: KeptBlobs;
  /** The layers, if they are the same for all images; undefined if each image may get its own. */
  readonly #common: readonly LayerInput[] | undefined;
  #shared: LayerStore | undefined;

  /** @throws {TypeError} if images may get different layers, and one can be read only once. */
  constructor(options: BatchLayersOptions, context: BatchLayersContext) {
    const { access, group: { signal } } = context;
    this.#options = options;
    this.#context = context;
    this.#limit = createLimiter(access.concurrency);
    const { transfer } = access;
    const dryRun = options.dryRun ?? false;
    this.#places = new LayerPlaces({ signal, limit: this.#limit, transfer, dryRun });
    this.#kept = this.#createKept();
    const same = options.layers.filter((input): input is LayerInput => !isByPlatform(input));
    if (options.readBase === "none" && same.length === options.layers.length) {
      this.#common = same;
      return;
    }
    for (const input of same) {
      const { replayable, name = "the layer" } = openableInput(input);
      if (replayable) continue;
      throw new TypeError(
        `Cannot pack ${name} for each image of a batch: it can be read only once; give it as a file`,
      );
    }
  }

  /** The limit and the layers for one image. */
  forImage(access: Access, { signal }: TaskGroup): {
    readonly limit: Limiter;
    readonly layers: (options: StartLayersOptions, target: Location) => ImageLayers;
  } {
    return {
      limit: this.#limit,
      layers: (options, location) => {
        const target = this.#open(location, access);
        if (this.#common !== undefined) {
          const shared = this.#share(this.#common);
          return this.#placed(shared, { kept: this.#kept, target, signal });
        }
        const kept = this.#createKept();
        const store = { ...options.store, repository: kept };
        const own = startLayers(this.#options.layers, { ...options, store });
        return this.#placed(own, { kept, target, signal, isOwn: true });
      },
    };
  }

  /** Frees the kept layers. */
  async close(): Promise<void> {
    await this.#shared?.close();
    await this.#kept.dispose();
  }

  /** Packs the layers of all images, once. */
  #share(layers: readonly LayerInput[]): LayerStore {
    const { compression, compressionLevel, onProgress } = this.#options;
    const { access, group } = this.#context;
    const store = { repository: this.#kept, access, group, compression, compressionLevel };
    this.#shared ??= new LayerStore(layers, { store: { ...store, onProgress } });
    return this.#shared;
  }

  #placed(
    made: ImageLayers,
    { kept, target, signal, isOwn = false }: {
      readonly kept: KeptBlobs;
      readonly target: Repository;
      readonly signal: AbortSignal;
      readonly isOwn?: boolean;
    },
  ): ImageLayers {
    return new PlacedLayers({
      made,
      place: ({ digest, size }) =>
        this.#places.put(
          { digest, size, open: (start) => kept.read(digest, start) },
          target,
          signal,
        ),
      async close(): Promise<void> {
        if (!isOwn) return;
        await made.close();
        await kept.dispose();
      },
    });
  }

  /** Opens the target a second time, since layers are mounted from a repository that is not wrapped. */
  #open(location: Location, access: Access): Repository {
    return access.open(location, this.#options.dryRun ? "pull" : "push", "target");
  }

  #createKept(): KeptBlobs {
    const { host: { createSpool = createBlobSpool }, createHasher } = this.#context.access;
    return new KeptBlobs({ createSpool, createHasher });
  }
}
