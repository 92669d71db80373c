/** Aligns the new layers of a run with the images of the base, which are read only as far as needed. */

import type { CreateHasher } from "../../base/hash/hasher.ts";
import type { TaskGroup } from "../../base/task_group.ts";
import { Alignment, type AlignmentOptions } from "../../layer/base/alignment.ts";
import { AskedBase } from "../../layer/base/asked_base.ts";
import type { BaseLayer } from "../../layer/base/base_layer.ts";
import {
  mayBeLink,
  mayBeUsers,
  mayMatter,
  type MayMatterOptions,
  type ReadBase,
} from "../../layer/base/base_questions.ts";
import { BaseReader, ReadBudget } from "../../layer/base/base_reader.ts";
import type { LayerListing } from "../../layer/base/layer_listing.ts";
import { PathBudget } from "../../layer/base/path_budget.ts";
import type { ListingCache } from "../../layer/base/listing_cache.ts";
import type { Codec } from "../../layer/compression/codec.ts";
import { runsAsRoot } from "../../oci/config.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import type { Digest } from "../../oci/digest.ts";
import type { Manifest } from "../../oci/manifest.ts";
import type { BlobFetcher, Repository } from "../../storage/repository.ts";
import type { Progress } from "../access/transfer_progress.ts";
import { openBaseLayer } from "../../layer/base/open_base_layer.ts";
import type { BaseImage, BaseImages } from "../bases/base_images.ts";
import {
  type AlignableBase,
  LayerAlignment,
  type LayerAlignmentOptions,
} from "./layer_alignment.ts";
import { StackedBase } from "./stacked_base.ts";

/** Options of {@linkcode BaseAlignment}. */
export interface BaseAlignmentOptions {
  readonly images: Pick<BaseImages, "all">;
  readonly source: BlobFetcher;
  readonly codec: Codec;
  readonly createHasher: CreateHasher;
  readonly group: TaskGroup;
  readonly readBase: Exclude<ReadBase, "none">;
  /** The most bytes of compressed layers that are read for all images together. */
  readonly limit: number;
  /** Opens the files of the image, if they can be read without its layers. */
  readonly openFiles?: Repository["openFiles"];
  /** The only image to align with; absent, all images must agree. */
  readonly only?: Manifest | undefined;
  /** Time of directories that are new, seconds since 1970. */
  readonly mtime?: number | undefined;
  /** Listings of earlier runs. */
  readonly cache?: ListingCache | undefined;
  /** Frees unused memory; called now and then. */
  readonly collectGarbage?: (() => void) | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** See {@linkcode AlignmentOptions.onUnknown}. */
  readonly onUnknown: (path: string) => void;
  /** See {@linkcode AlignmentOptions.onAssumed}. */
  readonly onAssumed: NonNullable<AlignmentOptions["onAssumed"]>;
}

/** What was read of a layer of the base. */
export interface BaseLayerRead {
  /** Digest of the layer. */
  readonly digest: Digest;
  /** Where its listing comes from: an earlier run, its table of contents, or the layer itself. */
  readonly from: "cache" | "table" | "layer";
  /** Bytes of the layer that were read. */
  readonly bytes: number;
}

/** The base of a run, with the new layers on it. */
export class BaseAlignment implements AlignableBase {
  readonly #options: BaseAlignmentOptions;
  readonly #budget: ReadBudget;
  readonly #paths: PathBudget;
  readonly #layers = new Map<Digest, BaseLayer>();
  /** Bytes that were read of each layer. */
  readonly #read = new Map<Digest, () => number>();
  readonly #readers = new Map<string, BaseReader>();
  /** Images that are asked without their layers, by the digests of their configs. */
  readonly #asked = new Map<Digest, AskedBase>();
  readonly #below: LayerAlignment[] = [];

  constructor(options: BaseAlignmentOptions) {
    this.#options = options;
    this.#budget = new ReadBudget(options.limit);
    this.#paths = new PathBudget(options.collectGarbage);
  }

  /** Starts the alignment of the next layer, from the lowest up. The layers below count as its base too. */
  startLayer(options: LayerAlignmentOptions): LayerAlignment {
    const layer = new LayerAlignment(this, [...this.#below].reverse(), options);
    this.#below.push(layer);
    return layer;
  }

  /** Ends the waiting for layers that will not be read to their ends. */
  abandon(error: Error): void {
    for (const layer of this.#below) layer.abandon(error);
  }

  /** What was read of the base's layers. */
  get read(): readonly BaseLayerRead[] {
    return [...this.#layers].flatMap(([digest, { knownFrom: from }]) =>
      from === undefined ? [] : [{ digest, from, bytes: this.#read.get(digest)?.() ?? 0 }]
    );
  }

  /** Stops reading the base. */
  async close(): Promise<void> {
    const read = [...this.#layers.values(), ...this.#asked.values()];
    await Promise.all(read.map((layer) => layer.close()));
  }

  /** Whether compressed input is aligned too, and so compressed again. */
  get isForced(): boolean {
    return this.#options.readBase === "all";
  }

  /** Whether a path of the base may have to be asked about. */
  couldAsk(path: string, options: MayMatterOptions): boolean {
    return this.#options.readBase === "all" || mayMatter(path, options) ||
      !options.runsAsRoot && mayBeUsers(path);
  }

  /** Whether all images run as root. */
  async runsAsRoot(): Promise<boolean> {
    return (await this.#all()).every(({ config }) => runsAsRoot(config));
  }

  /** Caches the listing of a new layer. */
  async remember(digest: Digest, contents: LayerListing): Promise<void> {
    await this.#options.cache?.save(digest, contents);
  }

  /** Makes the alignments of one layer, one for each different image. */
  async open(
    listing: LayerListing,
    below: readonly LayerAlignment[],
  ): Promise<readonly Alignment[]> {
    const { readBase, mtime, onUnknown, onAssumed, group } = this.#options;
    const all = await this.#all();
    const runsAsRoot = await this.runsAsRoot();
    const alignments = new Map<string, Alignment>();
    const { only } = this.#options;
    for (const { manifest, above = [], keepsNamed = false } of all) {
      if (only !== undefined && manifest.config.digest !== only.config.digest) continue;
      const key = [...keysOf(manifest.layers), keepsNamed, ...keysOf(above)].join(" ");
      if (alignments.has(key)) continue;
      const options = {
        asked: await this.#askedBase(manifest),
        below,
        above: above.map((layer) => this.#layer(layer)),
        keepsNamed,
        signal: group.signal,
      };
      alignments.set(
        key,
        new Alignment({
          base: new StackedBase(this.#reader(manifest.layers), options),
          isAsked: (path) => this.couldAsk(path, { runsAsRoot }),
          mayBeLink: (path) => readBase === "all" || mayBeLink(path),
          listing,
          mtime,
          onUnknown,
          onAssumed,
        }),
      );
    }
    return [...alignments.values()];
  }

  /** Opens an image that can be asked without its layers. */
  async #askedBase({ config: { digest } }: Manifest): Promise<AskedBase | undefined> {
    const { openFiles, group: { signal }, cache } = this.#options;
    const files = await openFiles?.({ signal });
    const known = this.#asked.get(digest);
    if (files === undefined || known !== undefined) return known;
    const asked = new AskedBase({
      files,
      signal,
      load: async (listing) => await cache?.load(digest, listing),
      save: async (listing) => await cache?.save(digest, listing),
    });
    this.#asked.set(digest, asked);
    return asked;
  }

  /** All images except those for Windows, which have other paths. */
  async #all(): Promise<readonly BaseImage[]> {
    return (await this.#options.images.all()).filter(({ config }) => config.os !== "windows");
  }

  #reader(layers: readonly Descriptor[]): BaseReader {
    const key = keysOf(layers).join(" ");
    const known = this.#readers.get(key);
    if (known !== undefined) return known;
    const reader = new BaseReader(
      layers.map((layer) => this.#layer(layer)).reverse(),
      this.#budget,
    );
    this.#readers.set(key, reader);
    return reader;
  }

  #layer(descriptor: Descriptor): BaseLayer {
    const { digest, size } = descriptor;
    const known = this.#layers.get(digest);
    if (known !== undefined) return known;
    const { source, codec, createHasher, group: { signal }, onProgress, cache, collectGarbage } =
      this.#options;
    let bytes = 0;
    const onRead = (count: number): void => {
      this.#budget.spend(count);
      bytes += count;
      // Some parts may be read twice.
      onProgress?.({ kind: "base", digest, bytes: Math.min(bytes, size), total: size });
    };
    const layer = openBaseLayer(descriptor, {
      ...{ source, codec, createHasher, signal, cache, onRead, collectGarbage },
      onUnpacked: (count) => this.#budget.spendUnpacked(count),
      paths: this.#paths,
    });
    this.#layers.set(digest, layer);
    this.#read.set(digest, () => bytes);
    return layer;
  }
}

function keysOf(layers: readonly Descriptor[]): readonly Digest[] {
  return layers.map(({ digest }) => digest);
}
