/** A base that tells what it has at a path, so that no layer of it is read. */

import type { Bytes } from "../../base/bytes.ts";
import type { ImageFiles } from "../../storage/repository.ts";
import { BaseView } from "./base_view.ts";
import { ContentReader } from "./content_reader.ts";
import { LayerListing } from "./layer_listing.ts";

/** Remembers what the base has told. */
export class AskedBase {
  /** What is known so far, as of one layer. */
  readonly listing: LayerListing = new LayerListing();
  /** The same as a tree. */
  readonly view: BaseView = new BaseView([this.listing]);
  readonly #files: ImageFiles;
  readonly #signal: AbortSignal;

  constructor(files: ImageFiles, signal: AbortSignal) {
    this.#files = files;
    this.#signal = signal;
  }

  /**
   * Asks until everything is known.
   *
   * @param firstUnknown The first path that more has to be known of; undefined where nothing has.
   * @returns false where the answers do not help.
   */
  async ask(firstUnknown: () => string | undefined): Promise<boolean> {
    let path = firstUnknown();
    while (path !== undefined) {
      if (this.listing.isKnown(path)) return false;
      this.listing.answer(path, await this.#files.find(path, { signal: this.#signal }));
      path = firstUnknown();
    }
    return true;
  }

  /**
   * Reads what a file has in it.
   *
   * @param path Without links on the way.
   * @throws {LayerError} if it is too large.
   */
  async readFile(path: string): Promise<Bytes | undefined> {
    const reader = new ContentReader(path.slice(path.lastIndexOf("/") + 1));
    for await (const chunk of this.#files.read(path, { signal: this.#signal })) {
      reader.write(chunk);
      if (reader.content !== undefined) break;
    }
    return reader.content;
  }
}
