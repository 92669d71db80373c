/** Opens a layer of a base: its listing comes from the cache, its table of contents, or the layer itself. */

import type { CreateHasher } from "../../base/hash/hasher.ts";
import { BaseLayer, type BaseLayerOptions } from "./base_layer.ts";
import type { ListingCache } from "./listing_cache.ts";
import type { Codec } from "../compression/codec.ts";
import { LayerError } from "../layer_error.ts";
import { readTable, tableDigest } from "../table/read_table.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import { isLayerForeign } from "../../oci/media_type.ts";
import type { BlobFetcher } from "../../storage/repository.ts";

/** Options of {@linkcode openBaseLayer}. */
export interface OpenBaseLayerOptions
  extends Pick<BaseLayerOptions, "onRead" | "onUnpacked" | "paths"> {
  readonly source: BlobFetcher;
  readonly codec: Codec;
  readonly createHasher: CreateHasher;
  readonly signal: AbortSignal | undefined;
  /** Listings of earlier runs. */
  readonly cache: ListingCache | undefined;
  /** Frees unused memory; called now and then. */
  readonly collectGarbage?: (() => void) | undefined;
}

/** Opens a layer. Nothing is read before something is asked. */
export function openBaseLayer(
  descriptor: Descriptor,
  options: OpenBaseLayerOptions,
): BaseLayer {
  const { source, codec, createHasher, signal, cache, onRead, onUnpacked, paths } = options;
  const { digest, size, annotations = {} } = descriptor;
  const table = tableDigest(annotations);
  return new BaseLayer({
    name: `layer "${digest}"`,
    size,
    codec,
    createHasher,
    open: () => {
      if (isLayerForeign(descriptor)) {
        throw new LayerError(
          `Cannot read the base's layer "${digest}": it is not kept in registries`,
        );
      }
      return source.getBlob(descriptor, { signal });
    },
    readTable: source.getBlobPart && !isLayerForeign(descriptor)
      ? async (listing): Promise<boolean> => {
        const found = await readTable({
          size,
          annotations,
          codec,
          createHasher,
          collectGarbage: options.collectGarbage,
          getPart: async (start, length) => {
            const part = await source.getBlobPart?.(descriptor, { start, length }, { signal });
            onRead?.(part?.length ?? 0);
            return part;
          },
        });
        if (found !== undefined) listing.takeFrom(found);
        return found !== undefined;
      }
      : undefined,
    load: async (listing) => await cache?.load(digest, listing, table),
    save: async (listing, from) =>
      await cache?.save(digest, listing, from === "table" ? table : undefined),
    onRead,
    onUnpacked,
    paths,
  });
}
