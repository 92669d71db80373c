/** A layer that makes directories of an image equal to others, as an input. */

import type { LayerListing } from "../base/layer_listing.ts";
import type { LayerInput, NamedLayerInput } from "../layer_input.ts";

/** An input that is told what has come to be in its layer. */
export interface SyncInput extends NamedLayerInput {
  readonly isOptional: true;
  /** Called when the layer is stored. */
  readonly onStored?: (contents: LayerListing) => Promise<void>;
}

/** Tells a layer what has come to be in it, if it wants to know. */
export async function tellStored(input: LayerInput, contents: LayerListing): Promise<void> {
  if (typeof input !== "object" || input === null || !("onStored" in input)) return;
  await (input as SyncInput).onStored?.(contents);
}
