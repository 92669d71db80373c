/** A base with new layers on it, which are asked first. */

import { abortable } from "../../base/abortable.ts";
import type { Bytes } from "../../base/bytes.ts";
import type { AskableBase } from "../../layer/base/alignment.ts";
import type { BaseReader } from "../../layer/base/base_reader.ts";
import { type BaseTree, gatherTree } from "../../layer/base/base_tree.ts";
import { type BasePath, BaseView, isKnown } from "../../layer/base/base_view.ts";
import type { LayerListing } from "../../layer/base/layer_listing.ts";
import { isBelow } from "../../layer/files/image_path.ts";
import { LayerError } from "../../layer/layer_error.ts";
import type { LayerAlignment } from "./layer_alignment.ts";

/** Options of {@linkcode StackedBase}. */
export interface StackedBaseOptions {
  /** The new layers, from the top down. */
  readonly below: readonly LayerAlignment[];
  readonly signal: AbortSignal;
}

/** Waits for the new layers as far as something is asked of them. */
export class StackedBase implements AskableBase {
  readonly #reader: BaseReader;
  readonly #below: readonly LayerAlignment[];
  readonly #signal: AbortSignal;

  constructor(reader: BaseReader, { below, signal }: StackedBaseOptions) {
    this.#reader = reader;
    this.#below = below;
    this.#signal = signal;
  }

  /** What is known. */
  get view(): BaseView {
    return new BaseView([...this.#below.map(({ listing }) => listing), ...this.#reader.listings]);
  }

  /** Reads on until something is known; false where it cannot be. */
  async ask(isAnswered: () => boolean): Promise<boolean> {
    if (isAnswered()) return true;
    for await (const _listing of this.#finished()) if (isAnswered()) return true;
    return await this.#reader.ask(isAnswered);
  }

  /** All that it has at and below a directory. */
  async treeOf(path: string): Promise<BaseTree> {
    const reader = this.#reader;
    await reader.wantDetails();
    await this.#requireComparable(path);
    const found = await this.#find(path);
    if (found.kind === "found") {
      await this.#requireComparable(found.path);
      await reader.readBelow(found.path);
    }
    return gatherTree(reader.view, reader.listings, path);
  }

  /** What a file has in it, links followed; undefined where that cannot be learnt. */
  async contentOf(path: string): Promise<Bytes | "missing" | undefined> {
    if (await this.#isChanged(path)) {
      throw new LayerError(
        `Cannot read "/${path}" of the base: a new layer below changes it; append that one first`,
      );
    }
    const found = await this.#find(path);
    if (!isKnown(found)) return undefined;
    if (found.kind !== "found" || found.node?.kind !== "file") return "missing";
    return await this.#reader.readFile(found.path);
  }

  /** Where a path leads in the base alone. */
  async #find(path: string): Promise<BasePath> {
    const find = (): BasePath => this.#reader.view.follow(path, { followsLast: true });
    await this.#reader.ask(() => isKnown(find()));
    return find();
  }

  /** The new layers, each as soon as all of it was seen. */
  async *#finished(): AsyncIterable<LayerListing> {
    for (const { finished, listing } of this.#below) {
      await abortable(finished, this.#signal);
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

  /** Whether new layers have to do with a path: what is in their files is not known. */
  async #isChanged(path: string): Promise<boolean> {
    for await (const listing of this.#finished()) {
      const touches = [...listing.paths()].some((one) => one === path || isBelow(one, path)) ||
        listing.hides(path) || listing.hides(`${path}/.`);
      if (touches) return true;
    }
    return false;
  }
}
