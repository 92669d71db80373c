/** Remembers from run to run what layers of bases say of their paths. No content of theirs is kept. */

import type { ByteStream } from "../../base/bytes.ts";
import type { CacheStore } from "../../storage/cache_store.ts";
import { getPacked, putPacked } from "../../storage/packed_store.ts";
import type { LayerListing } from "./layer_listing.ts";

/** Raised when the form of a listing in memory changes, which is the one that is kept: older ones are not read any more. */
const FORMAT = 3;

/** Listings of layers by their digests. */
export class ListingCache {
  readonly #store: CacheStore;
  readonly #place: string;

  /**
   * @param place The registry and repository: what was read only in part was not verified, and counts for the same place alone.
   */
  constructor(store: CacheStore, place: string) {
    this.#store = store;
    this.#place = place;
  }

  /**
   * Fills a listing with what is known of a layer; one that was read to its end is complete then.
   *
   * @param table Digest of the table of contents that the layer's descriptor names, if it does.
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
   * Keeps what is known of a layer.
   *
   * @param table Digest of the table of contents that it is known from. A manifest can name a table for a layer that is another's: that
   * counts for those alone who name the same table.
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
