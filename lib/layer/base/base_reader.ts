/** Reads the layers of a base from the top down until what is asked of them is known. */

import type { Bytes } from "../../base/bytes.ts";
import type { BaseLayer } from "./base_layer.ts";
import { BaseView } from "./base_view.ts";
import type { LayerListing } from "./layer_listing.ts";

/** Layers below this many compressed bytes are read whole: to stop in them would save less than a round trip. */
const SMALL_LAYER = 1024 * 1024;

/** How many small layers, and bytes of them, are read side by side: those below the answer are read in vain. */
const MOST_AT_ONCE = 8;
const BYTES_AT_ONCE = SMALL_LAYER;

/** The share of an image's bytes that is read, from the top down, for questions that can be done without. */
const MINOR_SHARE = 1 / 20;

/** Decompressed bytes that each byte of a budget stands for: most layers decompress to two to four times their size. */
const UNPACKED_TIMES = 16;

/** How many bytes of compressed layers may be read, for all images of a run together. */
export class ReadBudget {
  #left: number;
  #leftUnpacked: number;

  /** @param bytes Infinity for no bound. */
  constructor(bytes: number) {
    this.#left = bytes;
    this.#leftUnpacked = UNPACKED_TIMES * bytes;
  }

  /** Whether there is any left. */
  get isSpent(): boolean {
    return this.#left <= 0 || this.#leftUnpacked <= 0;
  }

  /** Whether there is a bound at all. */
  get isBounded(): boolean {
    return this.#left !== Infinity;
  }

  /** Removes the bound, for questions that must be answered. */
  lift(): void {
    this.#left = Infinity;
    this.#leftUnpacked = Infinity;
  }

  /** Counts bytes that were read. */
  spend(bytes: number): void {
    this.#left -= bytes;
  }

  /** Counts bytes that were decompressed. */
  spendUnpacked(bytes: number): void {
    this.#leftUnpacked -= bytes;
  }
}

/** The layers of one image. Images that share layers share their `BaseLayer`s, which are read once then. */
export class BaseReader {
  /** What is known of each layer so far, from the top down. */
  readonly listings: readonly LayerListing[];
  /** The same as a tree. */
  readonly view: BaseView;
  readonly #layers: readonly BaseLayer[];
  readonly #budget: ReadBudget;
  /** Compressed bytes, from the top down, that are read for questions that can be done without. */
  readonly #minorDepth: number;

  /** @param layers From the top down. */
  constructor(layers: readonly BaseLayer[], budget: ReadBudget) {
    this.#layers = layers;
    this.#budget = budget;
    const size = layers.reduce((sum, { size }) => sum + size, 0);
    this.#minorDepth = Math.max(SMALL_LAYER, MINOR_SHARE * size);
    this.listings = layers.map(({ listing }) => listing);
    this.view = new BaseView(this.listings);
  }

  /**
   * Reads on until a question is answered, all is read, or the budget is spent.
   *
   * @param isAnswered Whether the view has the answer by now.
   * @param isMinor Whether the question can be done without: under a budget, no deep layer is begun for it.
   * @returns whether it is answered.
   * @throws {LayerError} if a layer cannot be read.
   */
  async ask(isAnswered: () => boolean, isMinor: () => boolean = () => false): Promise<boolean> {
    for (const { layers, depth } of this.#groups()) {
      if (isAnswered()) return true;
      if (this.#budget.isBounded && depth > this.#minorDepth && isMinor()) break;
      await Promise.all(layers.map((layer) => layer.load()));
      if (isAnswered()) return true;
      await Promise.all(layers.map(async (layer) => {
        const isSmall = layer.size < SMALL_LAYER;
        while (!this.#budget.isSpent && await layer.readOn()) if (!isSmall && isAnswered()) break;
      }));
      if (layers.some(({ listing }) => !listing.isComplete)) break;
    }
    return isAnswered();
  }

  /**
   * Hashes the contents of files from now on, and removes the bound of bytes. To be called before contents are compared.
   */
  async wantDetails(): Promise<void> {
    this.#budget.lift();
    for (const layer of this.#layers) await layer.wantDetails();
  }

  /**
   * Reads all that the layers have at and below a path, with the hashes of the files.
   *
   * @param path Without symbolic links.
   * @param start How many of the uppermost layers to leave out.
   * @throws {LayerError} if a layer cannot be read.
   */
  async readBelow(path: string, start: number = 0): Promise<void> {
    for (const layer of this.#layers.slice(start)) {
      await layer.readAll();
      const { listing } = layer;
      if (!listing.isDetailed && hasFilesBelow(listing, path)) await layer.readDetails();
      if (listing.hides(path) || listing.hides(`${path}/.`)) return;
    }
  }

  /**
   * Reads the content of a file, once it is known which layer has it.
   *
   * @param path Without symbolic links.
   * @returns undefined if the budget is spent before.
   * @throws {LayerError} if it cannot be read.
   */
  async readFile(path: string): Promise<Bytes | undefined> {
    const layer = this.#layers.find(({ listing }) => listing.find(path) !== undefined);
    return await layer?.readFile(path, { goesOn: () => !this.#budget.isSpent });
  }

  /** Layers that were not read wholly, from the top down, in groups that are read side by side. */
  *#groups(): Iterable<LayerGroup> {
    let layers: BaseLayer[] = [];
    let bytes = 0;
    let above = 0;
    let depth = 0;
    for (const layer of this.#layers) {
      above += layer.size;
      if (layer.listing.isComplete) continue;
      bytes += layer.size;
      if (layers.length > 0 && (bytes > BYTES_AT_ONCE || layers.length === MOST_AT_ONCE)) {
        yield { layers, depth };
        layers = [];
        bytes = layer.size;
      }
      layers.push(layer);
      depth = above;
    }
    if (layers.length > 0) yield { layers, depth };
  }
}

/** Layers that are read side by side. */
interface LayerGroup {
  readonly layers: readonly BaseLayer[];
  /** Compressed bytes of the lowest of them and of all above it. */
  readonly depth: number;
}

function hasFilesBelow(listing: LayerListing, path: string): boolean {
  for (const at of listing.below(path)) if (listing.find(at)?.kind === "file") return true;
  return false;
}
