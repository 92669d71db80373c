/** A repository for dry runs, which stores nothing. */

import { encodeHex } from "../../base/hex.ts";
import type { BlobSource } from "../../storage/blob_source.ts";
import {
  forwardReads,
  type PutBlobOptions,
  type Repository,
  type StoredBlob,
} from "../../storage/repository.ts";
import type { Access } from "./access.ts";

/**
 * Wraps a repository so that it can be read but is not written to. Blobs that are put are read, hashed and dropped, and counted as if they
 * were sent or mounted. Requests are counted too: one that replaces a mount or an upload's session stands for it.
 */
export function dryRunRepository(
  target: Repository,
  { createHasher, transfer }: Pick<Access, "createHasher" | "transfer">,
): Repository {
  async function describe(source: BlobSource, { signal }: PutBlobOptions): Promise<StoredBlob> {
    const { digest, size } = source;
    // A copied blob need not be read: its digest and size are known.
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
    ...forwardReads(target),
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
