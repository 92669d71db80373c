/** A base with new layers on top, which are asked first. */

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
  /** The base, if it can be asked without its layers. */
  readonly asked?: AskedBase | undefined;
  /** The new layers below the present one, from the top down. */
  readonly below: readonly LayerAlignment[];
  /** Layers of the base above the new ones, from the lowest up. */
  readonly above: readonly BaseLayer[];
  /** Whether the uppermost layer of the base has the name of the new ones. */
  readonly keepsNamed: boolean;
  readonly signal: AbortSignal;
}

/** Answers questions from the new layers, for which it waits, and then from the base. */
export class StackedBase implements AskableBase {
  readonly #reader: BaseReader;
  readonly #asked: AskedBase | undefined;
  readonly #options: StackedBaseOptions;

  constructor(reader: BaseReader, options: StackedBaseOptions) {
    this.#reader = reader;
    this.#asked = options.asked;
    this.#options = options;
  }

  /** What is known so far. */
  get view(): BaseView {
    const own = this.#asked === undefined ? this.#reader.listings : [this.#asked.listing];
    return new BaseView([...this.#options.below.map(({ listing }) => listing), ...own]);
  }

  /** See {@linkcode AskableBase.ask}. */
  async ask(
    firstUnknown: () => string | undefined,
    isMinor?: () => boolean,
  ): Promise<boolean> {
    const isAnswered = (): boolean => firstUnknown() === undefined;
    if (isAnswered()) return true;
    for await (const _listing of this.#finished()) if (isAnswered()) return true;
    return await this.#askBase(firstUnknown, isMinor);
  }

  /** See {@linkcode AskableBase.treeOf}. */
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

  /** See {@linkcode AskableBase.mayKeepNamed}. */
  async mayKeepNamed(paths: readonly string[], ignore: Ignore | undefined): Promise<boolean> {
    if (!this.#options.keepsNamed) return true;
    // The layers below are read too: paths that the earlier layer hides may be ignored now.
    const hidden = ignore === undefined ? [] : paths;
    for (const path of hidden) await this.#reader.readBelow(path, 1);
    return mayKeep(this.#reader.listings, { paths, ignore });
  }

  /** See {@linkcode AskableBase.contentOf}. */
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

  /** Asks the base alone. */
  async #askBase(
    firstUnknown: () => string | undefined,
    isMinor?: () => boolean,
  ): Promise<boolean> {
    return await (this.#asked?.ask(firstUnknown) ??
      this.#reader.ask(() => firstUnknown() === undefined, isMinor));
  }

  /** The new layers, each once it is complete. */
  async *#finished(): AsyncIterable<LayerListing> {
    const { below, signal } = this.#options;
    for (const { finished, listing } of below) {
      await abortable(finished, signal);
      yield listing;
    }
  }

  /** @throws {LayerError} if a new layer changes a directory that is compared with the base. */
  async #requireComparable(path: string): Promise<void> {
    if (!await this.#isChanged(path)) return;
    throw new LayerError(
      `Cannot compare "/${path}" with the base: a new layer below changes it; put that above`,
    );
  }

  /** @throws {LayerError} if a layer above the new ones changes a synced directory. */
  async #requireUncovered(path: string): Promise<void> {
    for (const layer of this.#options.above) {
      await layer.readAll();
      if (!touches(layer.listing, path)) continue;
      throw new LayerError(
        `Cannot sync "/${path}": the ${layer.name} lies above the layers of this name and changes it too`,
      );
    }
  }

  /** Whether a new layer changes a path. The contents of its files are not known. */
  async #isChanged(path: string): Promise<boolean> {
    for await (const listing of this.#finished()) if (touches(listing, path)) return true;
    return false;
  }
}

/** Whether a layer changes a path, or anything in it. */
function touches(listing: LayerListing, path: string): boolean {
  return listing.touches(path) || listing.hides(path) || listing.hides(`${path}/.`);
}
