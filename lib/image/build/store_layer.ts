/** Packs a layer into a repository. */

import type { ByteStream, Transform } from "../../base/bytes.ts";
import type { TaskGroup } from "../../base/task_group.ts";
import type { Compression } from "../../layer/compression/codec.ts";
import { MissingParentFinder } from "../../layer/files/missing_parent_finder.ts";
import { checkEntry } from "../../layer/check_entry.ts";
import type { LayerInput } from "../../layer/layer_input.ts";
import { packLayer } from "../../layer/pack.ts";
import type { Digest } from "../../oci/digest.ts";
import type { BlobPusher } from "../../storage/repository.ts";
import type { Access, Progress } from "../access/access.ts";
import type { StoredLayer } from "./stored_layer.ts";

/** The maximum number of warnings about entries of one layer. */
const MAX_ENTRY_WARNINGS = 20;

/** Options of {@linkcode storeLayer}. */
export interface StoreLayerOptions {
  readonly repository: BlobPusher;
  readonly access: Access;
  readonly group: TaskGroup;
  readonly compression?: Compression | "keep" | undefined;
  readonly compressionLevel?: number | undefined;
  /** Aligns the archive with the base, where that was read. */
  readonly align?: Transform | undefined;
  /** Name of the layer in error messages; absent where it is the only one. */
  readonly name?: string | undefined;
  /** Index among the new layers, for progress. */
  readonly index: number;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** Called with the layer's diffId once all of it was read: a config can be made then, while the upload goes on. */
  readonly onPacked?: ((diffId: Digest) => void) | undefined;
}

/**
 * Packs one layer and puts it into the repository, in one pass.
 *
 * @throws {LayerError} if it is not a tar archive.
 */
export async function storeLayer(
  input: LayerInput,
  options: StoreLayerOptions,
): Promise<StoredLayer> {
  const { repository, access, group, index, onProgress, name, align } = options;
  const warnings = new Set<string>();
  let parents = new MissingParentFinder();
  const packed = packLayer(input, {
    edit: align,
    codec: access.codec,
    createHasher: access.createHasher,
    compression: options.compression,
    level: options.compressionLevel,
    onEntry(entry): void {
      if (align === undefined) parents.add(entry);
      const warning = checkEntry(entry, { isAligned: align !== undefined });
      if (warning === undefined || warnings.size === MAX_ENTRY_WARNINGS) return;
      const { message, hint } = warning;
      if (warnings.has(message)) return;
      warnings.add(message);
      access.warn(message, hint);
    },
    onProgress: (bytes) => onProgress?.({ kind: "read", layer: index, bytes }),
    ...(name === undefined ? {} : { name }),
  });
  async function* open(): ByteStream {
    parents = new MissingParentFinder();
    yield* packed.open();
    options.onPacked?.(packed.diffId);
  }
  // A stage that fits the layer onto the base has changed its picture of the base by the time of a second reading.
  const replayable = packed.replayable && align === undefined;
  const stored = await repository.putBlob({ replayable, bytesMayVary: true, open }, {
    signal: group.signal,
    createSpool: access.host.createSpool,
    onSpoolFailure: (error) =>
      access.warn(
        `${
          replayable
            ? "A retry of the upload has to read the layer again"
            : "The upload can no longer be retried"
        }: ${error instanceof Error ? error.message : error}`,
      ),
    onProgress: (bytes) => onProgress?.({ kind: "upload", layer: index, bytes }),
  });
  if (packed.isKept && options.compressionLevel !== undefined) {
    access.warn(
      `The compression level is not used for ${packed.name}, which is compressed already: name a compression to have it compressed anew`,
    );
  }
  const { diffId, uncompressedSize, compression } = packed;
  return { ...stored, diffId, uncompressedSize, compression, missingParent: parents.found };
}
