/** Packs the new layers into the target, side by side. */

import { expectLater } from "../../base/expect_later.ts";
import {
  isOptional,
  layerHistory,
  type LayerInput,
  openableInput,
} from "../../layer/layer_input.ts";
import { UnchangedError } from "../../layer/sync/unchanged_error.ts";
import { WholeNeededError } from "../../layer/sync/whole_needed_error.ts";
import type { Digest } from "../../oci/digest.ts";
import type { BaseAlignment } from "./base_alignment.ts";
import { BaseDifference } from "./base_difference.ts";
import type { StoredLayer } from "./stored_layer.ts";
import { storeLayer, type StoreLayerOptions } from "./store_layer.ts";

/** Options of {@linkcode storeLayers}. */
export interface StoreLayersOptions extends
  Pick<
    StoreLayerOptions,
    | "repository"
    | "access"
    | "group"
    | "compression"
    | "compressionLevel"
    | "largest"
    | "onProgress"
  > {
  /** Aligns the layers with the base; absent if that is not to be read. */
  readonly alignment?: BaseAlignment | undefined;
  /**
   * Whether the repository calls `confirm` before it sends a layer, as registries do.
   *
   * @default {false}
   */
  readonly mayConfirm?: boolean | undefined;
}

/** Layers that are being put into the target. */
export interface LayersUnderWay {
  /** Settles when all layers are in the target's storage. */
  readonly layers: Promise<readonly StoredLayer[]>;
  /** Settles when all layers were read, which may be earlier. */
  readonly packed: Promise<readonly Pick<StoredLayer, "diffId" | "createdBy">[]>;
  /** Whether the target had all layers before. Settles earlier still. */
  readonly werePresent: Promise<boolean>;
  /**
   * Whether the lowest layer of the replaced name stays below them.
   *
   * @default {false}
   */
  readonly keepsFirst?: Promise<boolean> | undefined;
}

/** Makes the promises of layers that are started later. */
export function laterLayers(begun: Promise<LayersUnderWay>): LayersUnderWay {
  expectLater(begun);
  return {
    // A getter, since some layers are put into the target only when they are asked for.
    get layers(): Promise<readonly StoredLayer[]> {
      return expectLater(begun.then(({ layers }) => layers));
    },
    packed: expectLater(begun.then(({ packed }) => packed)),
    werePresent: expectLater(begun.then(({ werePresent }) => werePresent)),
  };
}

/**
 * Starts to pack and upload layers.
 *
 * @param inputs From the lowest up.
 */
export function storeLayers(
  inputs: readonly LayerInput[],
  options: StoreLayersOptions,
): LayersUnderWay {
  const { repository, access, group, compression, compressionLevel, largest, onProgress } = options;
  const packed: Promise<Pick<StoredLayer, "diffId" | "createdBy">>[] = [];
  const probed: Promise<boolean>[] = [];
  const stored = inputs.map((input, index) => {
    let onPacked: ((diffId: Digest) => void) | undefined;
    packed.push(
      new Promise<Digest>((resolve) => onPacked = resolve)
        .then((diffId) => ({ diffId, createdBy: layerHistory(input) })),
    );
    let onProbed: ((isThere: boolean) => void) | undefined;
    probed.push(new Promise((resolve) => onProbed = resolve));
    const name = inputs.length === 1 ? undefined : `layer ${index + 1}`;
    const { replayable } = openableInput(input);
    const alignment = options.alignment?.startLayer({
      assumesRoot: replayable && options.mayConfirm,
      onDifference: () => {
        if (replayable) throw new BaseDifference();
        access.warn({
          code: "images-differ",
          message:
            "The images of the base differ in what is above the entries of a layer that can be read only once: the first image counts for all of them",
        });
      },
    });
    return group.start(async () => {
      try {
        return await storeLayer(input, {
          repository,
          access,
          group,
          compression,
          compressionLevel,
          largest,
          alignment,
          name,
          index,
          onProgress,
          onPacked,
          onProbed,
        });
      } catch (error) {
        const signal = findSignal(error);
        if (isOptional(input) && signal !== undefined) {
          alignment?.finish();
          return signal;
        }
        // No failure: the layers are stored again, for each image.
        if (!(error instanceof BaseDifference)) throw error;
        options.alignment?.abandon(error);
        return error;
      }
    });
  });
  const layers = expectLater(Promise.all(stored).then(requireSame));
  // With `layers`, since a layer that fails is never packed.
  const allPacked = expectLater(Promise.race([Promise.all(packed), layers]));
  const werePresent = expectLater(Promise.race([
    Promise.all(probed).then((all) => all.every((isThere) => isThere)),
    layers.then((all) => all.every(({ uploaded }) => !uploaded)),
  ]));
  return { layers, packed: allPacked, werePresent };
}

function requireSame(
  stored: readonly (StoredLayer | BaseDifference | UnchangedError | WholeNeededError)[],
): readonly StoredLayer[] {
  return stored.flatMap((layer) => {
    if (layer instanceof BaseDifference || layer instanceof WholeNeededError) throw layer;
    return layer instanceof UnchangedError ? [] : [layer];
  });
}

/** The signal in an error or its causes, which is no failure. An upload that it interrupts wraps it. */
function findSignal(error: unknown): UnchangedError | WholeNeededError | undefined {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at instanceof UnchangedError || at instanceof WholeNeededError) return at;
  }
  return undefined;
}
