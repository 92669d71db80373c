/** Packs a layer into a repository. */

import type { ByteStream } from "../../base/bytes.ts";
import { expectLater } from "../../base/expect_later.ts";
import type { TaskGroup } from "../../base/task_group.ts";
import type { LayerFormat } from "../../layer/compression/codec.ts";
import { LayerListing } from "../../layer/base/layer_listing.ts";
import { LayerScanner } from "../../layer/base/layer_scanner.ts";
import { tellStored } from "../../layer/sync/sync_input.ts";
import { WholeNeededError } from "../../layer/sync/whole_needed_error.ts";
import { MissingParentFinder } from "../../layer/files/missing_parent_finder.ts";
import { checkEntry } from "../../layer/check_entry.ts";
import {
  isOptional,
  layerHistory,
  type LayerInput,
  openableInput,
} from "../../layer/layer_input.ts";
import { type PackedLayer, packLayer } from "../../layer/pack.ts";
import { isOfWindows } from "../../layer/windows_layer.ts";
import type { Digest } from "../../oci/digest.ts";
import type { BlobFetcher, BlobPusher, StoredBlob } from "../../storage/repository.ts";
import type { Warning } from "../../storage/warning.ts";
import type { Access } from "../access/access.ts";
import type { Progress } from "../access/transfer_progress.ts";
import { type LayerAlignment, WrongAssumption } from "./layer_alignment.ts";
import type { StoredLayer } from "./stored_layer.ts";
import { unreadBase } from "../../layer/base/unread_base.ts";

const ZSTD: Warning = {
  code: "zstd",
  message: "The image has layers in zstd: Docker before 23 and umoci before 0.6 cannot unpack them",
  engines: ["Docker before 23", "umoci before 0.6"],
};

/** The maximum number of warnings about entries of one layer. */
const MAX_ENTRY_WARNINGS = 20;

/** Options of {@linkcode storeLayer}. */
export interface StoreLayerOptions {
  readonly repository: BlobPusher & Partial<Pick<BlobFetcher, "getBlob">>;
  readonly access: Access;
  readonly group: TaskGroup;
  readonly compression?: LayerFormat | "keep" | undefined;
  readonly compressionLevel?: number | undefined;
  /** The most bytes of the compressed layer; for a larger one a `WholeNeededError` is thrown. @default Infinity */
  readonly largest?: (() => Promise<number>) | undefined;
  /** Aligns the archive with the base; absent if that is not to be read. */
  readonly alignment?: LayerAlignment | undefined;
  /** Name of the layer in error messages; absent if it is the only one. */
  readonly name?: string | undefined;
  /** Index among the new layers, for progress. */
  readonly index: number;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** Told the layer's diffId once all of it was read, so that a config can be made while the upload goes on. */
  readonly onPacked?: ((diffId: Digest) => void) | undefined;
  /** Told whether the registry has the layer already, before it is sent. */
  readonly onProbed?: ((isThere: boolean) => void) | undefined;
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
  const { repository, access, group, index, onProgress, name, alignment } = options;
  const warnings = new Set<string>();
  let parents = new MissingParentFinder();
  let isForWindows = false;
  const warn = (warning: Warning): void => {
    if (warnings.has(warning.message) || warnings.size === MAX_ENTRY_WARNINGS) return;
    warnings.add(warning.message);
    access.warn(warning);
    // At once: the rest of a large layer need not be sent.
    access.requireAllowed();
  };
  const { size } = openableInput(input);
  let contents = new LayerListing();
  let scanner: LayerScanner | undefined;
  const packed = packLayer(input, {
    onArchive: (chunk) => scanner?.write(chunk),
    aligner: alignment,
    alignsCompressed: alignment?.isForced,
    base: alignment ?? unreadBase(warn),
    codec: access.codec,
    createHasher: access.createHasher,
    compression: options.compression,
    level: options.compressionLevel,
    onEntry(entry): void {
      isForWindows ||= isOfWindows(entry);
      const isAligned = alignment !== undefined && !packed.isKept;
      if (!isAligned) parents.add(entry);
      if (packed.isKept) alignment?.observe(entry);
      const warning = checkEntry(entry, { isAligned });
      if (warning !== undefined) warn(warning);
    },
    onWarning: warn,
    onProgress(bytes): void {
      // Stops early: reading ahead would go on for a while, and start threads.
      group.signal.throwIfAborted();
      onProgress?.({ kind: "read", layer: index, bytes, total: size?.() });
    },
    ...(name === undefined ? {} : { name }),
  });
  async function* open(): ByteStream {
    parents = new MissingParentFinder();
    alignment?.restart();
    if (isOptional(input)) {
      contents = new LayerListing();
      scanner = new LayerScanner(contents, access.createHasher);
    }
    let left = await options.largest?.() ?? Infinity;
    for await (const chunk of packed.open()) {
      left -= chunk.length;
      if (left < 0) throw new WholeNeededError();
      yield chunk;
    }
    alignment?.finish();
    const { diffId } = packed;
    const tellPacked = (): void => options.onPacked?.(diffId);
    // A config must not be made with a diffId that may change.
    if (alignment === undefined) tellPacked();
    else expectLater(alignment.confirm().then(tellPacked));
  }
  const { replayable } = packed;
  const store = (): Promise<StoredBlob> =>
    repository.putBlob({ replayable, bytesMayVary: true, open }, {
      signal: group.signal,
      async confirm(isThere): Promise<void> {
        await alignment?.confirm();
        options.onProbed?.(isThere);
      },
      createSpool: access.host.createSpool,
      onSpoolFailure: (error) =>
        access.warn({
          code: "no-retry",
          message: `${
            replayable
              ? "A retry of the upload has to read the layer again"
              : "The upload can no longer be retried"
          }: ${error instanceof Error ? error.message : error}`,
        }),
      onProgress: (bytes) => onProgress?.({ kind: "upload", layer: index, bytes }),
    });
  const stored = await storeRepaired(packed, store);
  if (scanner !== undefined) {
    contents.complete(true);
    await alignment?.remember(stored.digest, contents);
    await tellStored(input, contents);
  }
  if (packed.isKept && options.compressionLevel !== undefined) {
    access.warn({
      code: "compression-level",
      message:
        `The compression level is not used for ${packed.name}, which is compressed already: name a compression to have it compressed anew`,
    });
  }
  if (packed.compression === "zstd") access.warn(ZSTD);
  const { diffId, uncompressedSize, compression, repaired } = packed;
  return {
    ...stored,
    diffId,
    uncompressedSize,
    compression,
    repaired,
    createdBy: layerHistory(input),
    annotations: packed.annotations,
    isOfWindows: isForWindows,
    missingParent: parents.found,
  };
}

/** Stores a layer, again if it turns out that it has to be repaired or aligned otherwise. */
async function storeRepaired(
  packed: PackedLayer,
  store: () => Promise<StoredBlob>,
): Promise<StoredBlob> {
  while (true) {
    try {
      return await store();
    } catch (error) {
      if (error instanceof WrongAssumption) packed.forget();
      else if (!await packed.recover()) throw error;
    }
  }
}
