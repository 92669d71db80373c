/** A base that can be asked for single paths, as an engine can, so that none of its layers is read. */

import type { Bytes } from "../../base/bytes.ts";
import type { ImageFiles } from "../../storage/repository.ts";
import { BaseView } from "./base_view.ts";
import { ContentReader } from "./content_reader.ts";
import { LayerListing } from "./layer_listing.ts";

/** Options of {@linkcode AskedBase}. */
export interface AskedBaseOptions {
  readonly files: ImageFiles;
  readonly signal: AbortSignal;
  /** Fills a listing with the answers of earlier runs. */
  readonly load?: ((listing: LayerListing) => Promise<void>) | undefined;
  /** Keeps the answers for later runs. */
  readonly save?: ((listing: LayerListing) => Promise<void>) | undefined;
}

/** Asks for paths, and remembers the answers. */
export class AskedBase {
  /** The answers so far, as the listing of one layer. */
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
   * @param firstUnknown Returns the first path that is not known yet; undefined when all are.
   * @returns false if a path stays unknown although it was asked for.
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

  /** Keeps the answers for later runs. */
  async close(): Promise<void> {
    if (this.#isNew) await this.#options.save?.(this.listing);
  }

  /**
   * Reads the content of a file.
   *
   * @param path Without symbolic links.
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
    // Paths that do not exist are kept as whiteouts: they were asked for too.
    for (const path of this.listing.removals().whiteouts) this.listing.answer(path, undefined);
  }
}
