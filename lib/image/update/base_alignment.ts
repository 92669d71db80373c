/** Aligns new layers with the base, of which no more is read than their entries ask for. */

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
  /** Bytes of compressed layers that may be read for all images together. */
  readonly limit: number;
  /** Opens what tells of the only image without its layers, if anything does. */
  readonly openFiles?: Repository["openFiles"];
  /** The only image to ask for; absent, all have to agree. */
  readonly only?: Manifest | undefined;
  /** Time of directories that are new, seconds since 1970. */
  readonly mtime?: number | undefined;
  /** What was learnt of layers before; nothing where there is none. */
  readonly cache?: ListingCache | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** Told of a directory about which the base could not be asked any more. */
  readonly onUnknown: (path: string) => void;
  /** Told of a directory that gets the owner and mode of the one above it. */
  readonly onAssumed: NonNullable<AlignmentOptions["onAssumed"]>;
}

/** How a layer of the base became known. */
export interface BaseLayerRead {
  /** Digest of the layer. */
  readonly digest: Digest;
  /** Where from: an earlier run, its table of contents, or the layer itself. */
  readonly from: "cache" | "table" | "layer";
  /** Bytes of the layer that were read. */
  readonly bytes: number;
}

/** The base of a run, and the new layers on it, from the lowest up. */
export class BaseAlignment implements AlignableBase {
  readonly #options: BaseAlignmentOptions;
  readonly #budget: ReadBudget;
  readonly #paths = new PathBudget();
  readonly #layers = new Map<Digest, BaseLayer>();
  /** Bytes that were read of each layer. */
  readonly #read = new Map<Digest, () => number>();
  readonly #readers = new Map<string, BaseReader>();
  /** By the digests of configs. */
  readonly #asked = new Map<Digest, AskedBase>();
  readonly #below: LayerAlignment[] = [];

  constructor(options: BaseAlignmentOptions) {
    this.#options = options;
    this.#budget = new ReadBudget(options.limit);
  }

  /** The alignment of the next layer up: those below count as its base too. */
  startLayer(options: LayerAlignmentOptions): LayerAlignment {
    const layer = new LayerAlignment(this, [...this.#below].reverse(), options);
    this.#below.push(layer);
    return layer;
  }

  /** Ends the wait of layers for those below them, which will not be read to their ends. */
  abandon(error: Error): void {
    for (const layer of this.#below) layer.abandon(error);
  }

  /** Layers of the base that were asked, and where what is known of them comes from. */
  get read(): readonly BaseLayerRead[] {
    return [...this.#layers].flatMap(([digest, { knownFrom: from }]) =>
      from === undefined ? [] : [{ digest, from, bytes: this.#read.get(digest)?.() ?? 0 }]
    );
  }

  /** Stops reading the base. */
  async close(): Promise<void> {
    const read = [...this.#layers.values(), ...this.#asked.values()];
    await Promise.all(read.map((one) => one.close()));
  }

  /** Whether compressed input is to be aligned too, and so compressed anew. */
  get isForced(): boolean {
    return this.#options.readBase === "all";
  }

  /** Whether something may have to be asked about a path, whatever the image is. */
  couldAsk(path: string, options: MayMatterOptions): boolean {
    return this.#options.readBase === "all" || mayMatter(path, options) ||
      !options.runsAsRoot && mayBeUsers(path);
  }

  /** Whether all images run as root. */
  async runsAsRoot(): Promise<boolean> {
    return (await this.#all()).every(({ config }) => runsAsRoot(config));
  }

  /** Keeps for later runs what a new layer has in it. */
  async remember(digest: Digest, contents: LayerListing): Promise<void> {
    await this.#options.cache?.save(digest, contents);
  }

  /** Makes what decides of the entries of one layer, for each different image. */
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

  /** What tells of an image without its layers, where anything does. */
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

  /** Windows images are not asked: their paths are others. */
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
    const { source, codec, createHasher, group: { signal }, onProgress, cache } = this.#options;
    let bytes = 0;
    const onRead = (count: number): void => {
      this.#budget.spend(count);
      bytes += count;
      // Part of it may be read twice.
      onProgress?.({ kind: "base", digest, bytes: Math.min(bytes, size), total: size });
    };
    const layer = openBaseLayer(descriptor, {
      ...{ source, codec, createHasher, signal, cache, onRead },
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
