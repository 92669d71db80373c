/** A repository for dry runs, which stores nothing. */

import { encodeHex } from "../../base/hex.ts";
import type { BlobSource } from "../../storage/blob_source.ts";
import type { PutBlobOptions, Repository, StoredBlob } from "../../storage/repository.ts";
import type { Access } from "./access.ts";

/**
 * Wraps a repository so that it still answers what it has, but is sent nothing: what is put is read, hashed and dropped, and counted
 * as if it had been sent or mounted. So are the requests: what is asked instead of a mount or of an upload's session counts for it.
 */
export function dryRunRepository(
  target: Repository,
  { createHasher, transfer }: Pick<Access, "createHasher" | "transfer">,
): Repository {
  async function describe(source: BlobSource, { signal }: PutBlobOptions): Promise<StoredBlob> {
    const { digest, size } = source;
    // Bytes that are copied would tell nothing new.
    if (digest !== undefined && size !== undefined) return { digest, size, uploaded: true };
    const hasher = createHasher();
    let length = 0;
    for await (const chunk of source.open()) {
      signal?.throwIfAborted();
      await hasher.update(chunk);
      length += chunk.length;
    }
    const hash = encodeHex(await hasher.digest());
    return { digest: `sha256:${hash}`, size: length, uploaded: true };
  }

  return {
    name: target.name,
    getManifest: (reference, options) => target.getManifest(reference, options),
    headManifest: (reference, options) => target.headManifest(reference, options),
    hasBlob: (digest, options) => target.hasBlob(digest, options),
    getBlob: (descriptor, options) => target.getBlob(descriptor, options),
    getBlobPart: target.getBlobPart?.bind(target),
    tags: (options) => target.tags(options),
    referrers: (subject, options) => target.referrers(subject, options),
    imagePlatform: target.imagePlatform?.bind(target),
    isSame: (other) => target.isSame(other),
    canMount: (from) => target.canMount(from),
    async mountBlob({ digest }, from, options): Promise<boolean> {
      if (!target.canMount(from) || !await from.hasBlob(digest, options)) return false;
      transfer.blobsMounted++;
      return true;
    },
    putManifest(): Promise<void> {
      transfer.requests++;
      return Promise.resolve();
    },
    async putBlob(source, options = {}): Promise<StoredBlob> {
      const blob = await describe(source, options);
      if (await target.hasBlob(blob.digest, options)) {
        transfer.blobsSkipped++;
        return { ...blob, uploaded: false };
      }
      if (source.digest !== undefined) transfer.blobsCopied++;
      transfer.bytesUploaded += blob.size;
      transfer.requests++;
      return blob;
    },
  };
}
