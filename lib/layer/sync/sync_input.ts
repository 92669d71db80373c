/** A layer that makes directories of an image equal to others, as an input. */

import type { LayerListing } from "../base/layer_listing.ts";
import type { LayerInput, NamedLayerInput, PlatformLayerInput } from "../layer_input.ts";

/** An input that is the difference to what it is laid onto, and is told what has come to be in its layer. */
export interface SyncInput extends NamedLayerInput {
  readonly isOptional: true;
  readonly isDifference: true;
  /** Called when the layer is stored. */
  readonly onStored?: (contents: LayerListing) => Promise<void>;
}

/** Whether an input is the difference to what it is laid onto. */
export function isDifference(input: LayerInput | PlatformLayerInput): boolean {
  return typeof input === "object" && input !== null && "isDifference" in input;
}

/** Tells a layer what has come to be in it, if it wants to know. */
export async function tellStored(input: LayerInput, contents: LayerListing): Promise<void> {
  if (typeof input !== "object" || input === null || !("onStored" in input)) return;
  await (input as SyncInput).onStored?.(contents);
}
