/** Caches the listings of layers from run to run. Contents are not cached. */

import type { ByteStream } from "../../base/bytes.ts";
import type { CacheStore } from "../../storage/cache_store.ts";
import { getPacked, putPacked } from "../../storage/packed_store.ts";
import type { LayerListing } from "./layer_listing.ts";

/** To be raised when {@linkcode LayerListing.dump} changes: listings of other formats are not read. */
const FORMAT = 3;

/** Caches listings by the digests of their layers. */
export class ListingCache {
  readonly #store: CacheStore;
  readonly #place: string;

  /**
   * @param place The registry and repository. A listing that was read only in part is not verified, and is used for the same place alone.
   */
  constructor(store: CacheStore, place: string) {
    this.#store = store;
    this.#place = place;
  }

  /**
   * Fills a listing from the cache, completely if the layer was read to its end.
   *
   * @param table Digest of the table of contents that the layer's descriptor names, if any.
   */
  async load(digest: string, listing: LayerListing, table?: string): Promise<void> {
    const part = this.#partName(digest);
    const names = [wholeName(digest), ...table === undefined ? [] : [tableName(table)], part];
    for (const name of names) {
      const bytes = await getPacked(this.#store, name);
      if (bytes === undefined) continue;
      const isRead = await listing.read(bytes, name !== part).then(() => true, () => false);
      if (isRead) return;
      listing.clear();
    }
  }

  /**
   * Caches a listing.
   *
   * @param table Digest of the table of contents that it was read from. A manifest may name the table of another layer: so such a listing
   * is used only for descriptors that name the same table.
   */
  async save(digest: string, listing: LayerListing, table?: string): Promise<void> {
    const whole = table === undefined ? wholeName(digest) : tableName(table);
    const name = listing.isComplete ? whole : this.#partName(digest);
    await putPacked(this.#store, name, piecesOf(listing));
  }

  #partName(digest: string): string {
    return `listing ${FORMAT} part ${this.#place} ${digest}`;
  }
}

function wholeName(digest: string): string {
  return `listing ${FORMAT} whole ${digest}`;
}

function tableName(digest: string): string {
  return `listing ${FORMAT} table ${digest}`;
}

async function* piecesOf(listing: LayerListing): ByteStream {
  yield* listing.dump();
}
