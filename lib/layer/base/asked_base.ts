/** A base that tells what it has at a path, so that no layer of it is read. */

import type { Bytes } from "../../base/bytes.ts";
import type { ImageFiles } from "../../storage/repository.ts";
import { BaseView } from "./base_view.ts";
import { ContentReader } from "./content_reader.ts";
import { LayerListing } from "./layer_listing.ts";

/** Options of {@linkcode AskedBase}. */
export interface AskedBaseOptions {
  readonly files: ImageFiles;
  readonly signal: AbortSignal;
  /** Fills a listing with what the base has told before. */
  readonly load?: ((listing: LayerListing) => Promise<void>) | undefined;
  /** Keeps what it has told. */
  readonly save?: ((listing: LayerListing) => Promise<void>) | undefined;
}

/** Remembers what the base has told. */
export class AskedBase {
  /** What is known so far, as of one layer. */
  readonly listing: LayerListing = new LayerListing();
  /** The same as a tree. */
  readonly view: BaseView = new BaseView([this.listing]);
  readonly #options: AskedBaseOptions;
  #loading: Promise<void> | undefined;
  #isNew = false;

  constructor(options: AskedBaseOptions) {
    this.#options = options;
  }

  /**
   * Asks until everything is known.
   *
   * @param firstUnknown The first path that more has to be known of; undefined where nothing has.
   * @returns false where the answers do not help.
   */
  async ask(firstUnknown: () => string | undefined): Promise<boolean> {
    if (firstUnknown() === undefined) return true;
    await (this.#loading ??= this.#load());
    const { files, signal } = this.#options;
    for (let path = firstUnknown(); path !== undefined; path = firstUnknown()) {
      if (this.listing.isKnown(path)) return false;
      this.listing.answer(path, await files.find(path, { signal }));
      this.#isNew = true;
    }
    return true;
  }

  /** Keeps what was told. */
  async close(): Promise<void> {
    if (this.#isNew) await this.#options.save?.(this.listing);
  }

  /**
   * Reads what a file has in it.
   *
   * @param path Without links on the way.
   * @throws {LayerError} if it is too large.
   */
  async readFile(path: string): Promise<Bytes | undefined> {
    const reader = new ContentReader(path.slice(path.lastIndexOf("/") + 1));
    const { files, signal } = this.#options;
    for await (const chunk of files.read(path, { signal })) {
      reader.write(chunk);
      if (reader.content !== undefined) break;
    }
    return reader.content;
  }

  async #load(): Promise<void> {
    await this.#options.load?.(this.listing);
    // Where nothing is, was asked for as well.
    for (const path of this.listing.removals().whiteouts) this.listing.answer(path, undefined);
  }
}
