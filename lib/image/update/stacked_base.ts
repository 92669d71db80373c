/** A base with new layers on it, which are asked first. */

import { abortable } from "../../base/abortable.ts";
import type { Bytes } from "../../base/bytes.ts";
import type { AskableBase } from "../../layer/base/alignment.ts";
import type { AskedBase } from "../../layer/base/asked_base.ts";
import type { BaseLayer } from "../../layer/base/base_layer.ts";
import type { BaseReader } from "../../layer/base/base_reader.ts";
import { type BaseTree, gatherTree } from "../../layer/base/base_tree.ts";
import { type BasePath, BaseView, unknownOf } from "../../layer/base/base_view.ts";
import type { LayerListing } from "../../layer/base/layer_listing.ts";
import type { Ignore } from "../../layer/files/ignore.ts";
import { LayerError } from "../../layer/layer_error.ts";
import { mayKeep } from "../../layer/sync/may_keep.ts";
import type { LayerAlignment } from "./layer_alignment.ts";

/** Options of {@linkcode StackedBase}. */
export interface StackedBaseOptions {
  /** What tells of the base without its layers. */
  readonly asked?: AskedBase | undefined;
  /** The new layers, from the top down. */
  readonly below: readonly LayerAlignment[];
  /** Layers of the base that lie above the new ones, from the lowest up. */
  readonly above: readonly BaseLayer[];
  /** Whether the uppermost layer of the base has the name of the new ones. */
  readonly keepsNamed: boolean;
  readonly signal: AbortSignal;
}

/** Waits for the new layers as far as something is asked of them. */
export class StackedBase implements AskableBase {
  readonly #reader: BaseReader;
  readonly #asked: AskedBase | undefined;
  readonly #options: StackedBaseOptions;

  constructor(reader: BaseReader, options: StackedBaseOptions) {
    this.#reader = reader;
    this.#asked = options.asked;
    this.#options = options;
  }

  /** What is known. */
  get view(): BaseView {
    const own = this.#asked === undefined ? this.#reader.listings : [this.#asked.listing];
    return new BaseView([...this.#options.below.map(({ listing }) => listing), ...own]);
  }

  /** Learns until everything is known that is wanted; false where it cannot be. */
  async ask(
    firstUnknown: () => string | undefined,
    isMinor?: () => boolean,
  ): Promise<boolean> {
    const isAnswered = (): boolean => firstUnknown() === undefined;
    if (isAnswered()) return true;
    for await (const _listing of this.#finished()) if (isAnswered()) return true;
    return await this.#askBase(firstUnknown, isMinor);
  }

  /** All that it has at and below a directory. */
  async treeOf(path: string): Promise<BaseTree> {
    const reader = this.#reader;
    await reader.wantDetails();
    await this.#requireComparable(path);
    const find = (): BasePath => reader.view.follow(path, { followsLast: true });
    await reader.ask(() => unknownOf(find()) === undefined);
    const found = find();
    if (found.kind === "found") {
      await this.#requireComparable(found.path);
      await reader.readBelow(found.path);
      await this.#requireUncovered(found.path);
    }
    return gatherTree(reader.view, reader.listings, path);
  }

  /** Whether the layer of the same name may stay: see `ComparableBase`. */
  async mayKeepNamed(paths: readonly string[], ignore: Ignore | undefined): Promise<boolean> {
    if (!this.#options.keepsNamed) return true;
    // What it hides may be ignored by now.
    const hidden = ignore === undefined ? [] : paths;
    for (const path of hidden) await this.#reader.readBelow(path, 1);
    return mayKeep(this.#reader.listings, { paths, ignore });
  }

  /** What a file has in it, links followed; undefined where that cannot be learnt. */
  async contentOf(path: string): Promise<Bytes | "missing" | undefined> {
    if (await this.#isChanged(path)) {
      throw new LayerError(
        `Cannot read "/${path}" of the base: a new layer below changes it; append that one first`,
      );
    }
    const base = this.#asked ?? this.#reader;
    const find = (): BasePath => base.view.follow(path, { followsLast: true });
    await this.#askBase(() => unknownOf(find()));
    const found = find();
    if (unknownOf(found) !== undefined) return undefined;
    if (found.kind !== "found" || found.node?.kind !== "file") return "missing";
    return await base.readFile(found.path);
  }

  /** The base alone, by whatever tells of it. */
  async #askBase(
    firstUnknown: () => string | undefined,
    isMinor?: () => boolean,
  ): Promise<boolean> {
    return await (this.#asked?.ask(firstUnknown) ??
      this.#reader.ask(() => firstUnknown() === undefined, isMinor));
  }

  /** The new layers, each as soon as all of it was seen. */
  async *#finished(): AsyncIterable<LayerListing> {
    const { below, signal } = this.#options;
    for (const { finished, listing } of below) {
      await abortable(finished, signal);
      yield listing;
    }
  }

  /** @throws {LayerError} if new layers have to do with what is compared with the base. */
  async #requireComparable(path: string): Promise<void> {
    if (!await this.#isChanged(path)) return;
    throw new LayerError(
      `Cannot compare "/${path}" with the base: a new layer below changes it; put that above`,
    );
  }

  /** @throws {LayerError} if layers above the new ones have to do with what these make equal. */
  async #requireUncovered(path: string): Promise<void> {
    for (const layer of this.#options.above) {
      await layer.readAll();
      if (!touches(layer.listing, path)) continue;
      throw new LayerError(
        `Cannot sync "/${path}": the ${layer.name} lies above the layers of this name and changes it too`,
      );
    }
  }

  /** Whether new layers have to do with a path: what is in their files is not known. */
  async #isChanged(path: string): Promise<boolean> {
    for await (const listing of this.#finished()) if (touches(listing, path)) return true;
    return false;
  }
}

/** Whether a layer says anything of a directory or of what is in it. */
function touches(listing: LayerListing, path: string): boolean {
  return listing.touches(path) || listing.hides(path) || listing.hides(`${path}/.`);
}
