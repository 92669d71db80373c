/** Reads the layers of a base from the top down until what is asked of them is known. */

import type { Bytes } from "../../base/bytes.ts";
import type { BaseLayer } from "./base_layer.ts";
import { BaseView } from "./base_view.ts";
import type { LayerListing } from "./layer_listing.ts";

/** Layers below this many compressed bytes are read whole: to stop in them would save less than a round trip. */
const SMALL_LAYER = 1024 * 1024;

/** Small layers are read side by side, so many at a time, and so many bytes: what lies below the answer is read in vain. */
const MOST_AT_ONCE = 8;
const BYTES_AT_ONCE = SMALL_LAYER;

/** What part of an image's layers is read, from the top down, for what can be done without. */
const MINOR_SHARE = 1 / 20;

/** How many times the bytes of a budget may be unpacked: most of an image is two to four times as large as it travels. */
const UNPACKED_TIMES = 16;

/** Bytes of compressed layers that all images of a run may be read for together. */
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

  /** Takes away the bound: what is asked from now on has to be known. */
  lift(): void {
    this.#left = Infinity;
    this.#leftUnpacked = Infinity;
  }

  /** Takes what was read. */
  spend(bytes: number): void {
    this.#left -= bytes;
  }

  /** Takes what was decompressed. */
  spendUnpacked(bytes: number): void {
    this.#leftUnpacked -= bytes;
  }
}

/** The layers of one image. Images that share layers share their `BaseLayer`s, which are read once then. */
export class BaseReader {
  /** What is known of each layer so far, from the top down; it becomes more by asking. */
  readonly listings: readonly LayerListing[];
  /** The same as a tree. */
  readonly view: BaseView;
  readonly #layers: readonly BaseLayer[];
  readonly #budget: ReadBudget;
  /** As deep as layers are read for what can be done without: compressed bytes of theirs and of all above them. */
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
   * Reads on until something is known, or all is read, or the budget is spent.
   *
   * @param isAnswered Whether the view says enough by now.
   * @param isMinor Whether what it does not say by now can be done without: where there is a budget, no layer that lies deep is begun for it.
   * @returns whether it does.
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
   * Has what files have in them learnt too, and no bound of bytes apply: to be called before anything is asked that has to do with
   * contents.
   */
  async wantDetails(): Promise<void> {
    this.#budget.lift();
    for (const layer of this.#layers) await layer.wantDetails();
  }

  /**
   * Learns all that the layers have at and below a path, and what is in those files.
   *
   * @param path Without links on the way.
   * @param start How many of the uppermost layers do not count.
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
   * Reads what a file has in it, once it is known which layer has it.
   *
   * @param path Without links on the way.
   * @returns undefined if the budget is spent before.
   * @throws {LayerError} if it cannot be read.
   */
  async readFile(path: string): Promise<Bytes | undefined> {
    const layer = this.#layers.find(({ listing }) => listing.find(path) !== undefined);
    return await layer?.readFile(path, { goesOn: () => !this.#budget.isSpent });
  }

  /** Layers that are not known wholly, from the top down; those that are read side by side together. */
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
