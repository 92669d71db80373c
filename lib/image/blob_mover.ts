/** Brings blobs from one repository into another, each once. */

import type { Limiter } from "../base/limiter.ts";
import { skipBytes } from "../base/skip_bytes.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";
import { isLayerForeign } from "../oci/media_type.ts";
import type { Repository } from "../oci/repository.ts";
import type { Transfer } from "../oci/transfer.ts";

/** Options of {@linkcode createBlobMover}. */
export interface BlobMoverOptions {
  readonly source: Repository;
  readonly target: Repository;
  readonly limit: Limiter;
  readonly transfer: Transfer;
  readonly signal?: AbortSignal | undefined;
  /** Called with the bytes of one blob that have arrived. */
  readonly onProgress?: ((descriptor: Descriptor, bytes: number) => void) | undefined;
}

/** Makes sure that the target has a blob; asked for the same blob again, it waits for the same move. */
export type BlobMover = (descriptor: Descriptor) => Promise<void>;

/**
 * Makes a mover. Within one repository nothing is asked or moved; between repositories of a registry blobs are mounted; else they
 * are streamed across if they are missing. Foreign layers are left where they are.
 */
export function createBlobMover(options: BlobMoverOptions): BlobMover {
  const { source, target, limit } = options;
  const moves = new Map<Digest, Promise<void>>();
  const together = target.isSame(source);

  return (descriptor) => {
    if (together || isLayerForeign(descriptor)) return Promise.resolve();
    const known = moves.get(descriptor.digest);
    if (known !== undefined) return known;
    const move = limit(() => moveBlob(descriptor, options));
    moves.set(descriptor.digest, move);
    return move;
  };
}

async function moveBlob(descriptor: Descriptor, options: BlobMoverOptions): Promise<void> {
  const { source, target, signal, transfer } = options;
  if (await target.mountBlob(descriptor, source, { signal })) {
    transfer.blobsMounted++;
    return;
  }
  const { uploaded } = await target.putBlob({
    digest: descriptor.digest,
    size: descriptor.size,
    replayable: true,
    open: (start = 0) => skipBytes(source.getBlob(descriptor, { signal }), start),
  }, { signal, onProgress: (bytes) => options.onProgress?.(descriptor, bytes) });
  if (uploaded) transfer.blobsCopied++;
  else transfer.blobsSkipped++;
}
