/** The input of a layer that holds a difference to the base. */

import type { LayerListing } from "../base/layer_listing.ts";
import type { LayerInput, NamedLayerInput, PlatformLayerInput } from "../layer_input.ts";

/** An input that depends on its base, and gets the contents of its layer. */
export interface SyncInput extends NamedLayerInput {
  readonly isOptional: true;
  readonly isDifference: true;
  /** Told of the layer's entries when it is stored. */
  readonly onStored?: (contents: LayerListing) => Promise<void>;
}

/** Whether an input is a {@linkcode SyncInput}. */
export function isDifference(input: LayerInput | PlatformLayerInput): boolean {
  return typeof input === "object" && input !== null && "isDifference" in input;
}

/** Calls {@linkcode SyncInput.onStored}, if the input has it. */
export async function tellStored(input: LayerInput, contents: LayerListing): Promise<void> {
  if (typeof input !== "object" || input === null || !("onStored" in input)) return;
  await (input as SyncInput).onStored?.(contents);
}
