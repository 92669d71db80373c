/** Keeps new layers on this machine until they are put into their targets. */

import type { ByteStream } from "../../base/bytes.ts";
import { encodeHex } from "../../base/hex.ts";
import type { CreateHasher } from "../../base/hash/hasher.ts";
import type { Digest } from "../../oci/digest.ts";
import type { BlobSource } from "../../storage/blob_source.ts";
import type { BlobPusher, PutBlobOptions, StoredBlob } from "../../storage/repository.ts";
import type { CreateSpool, Spool } from "../../storage/spool.ts";

/** Options of {@linkcode KeptBlobs}. */
export interface KeptBlobsOptions {
  readonly createSpool: CreateSpool;
  readonly createHasher: CreateHasher;
}

/** Blobs in temporary files, or in memory on a host without them. */
export class KeptBlobs implements BlobPusher {
  readonly #options: KeptBlobsOptions;
  readonly #spools = new Map<Digest, Spool>();

  constructor(options: KeptBlobsOptions) {
    this.#options = options;
  }

  /** Reads a blob to its end and keeps it. */
  async putBlob(source: BlobSource, options: PutBlobOptions = {}): Promise<StoredBlob> {
    const { createSpool, createHasher } = this.#options;
    const { signal, confirm } = options;
    const spool = await createSpool();
    try {
      const hasher = createHasher();
      let size = 0;
      for await (const chunk of source.open()) {
        signal?.throwIfAborted();
        await hasher.update(chunk);
        await spool.write(chunk);
        size += chunk.length;
      }
      await confirm?.(false);
      const digest: Digest = `sha256:${encodeHex(await hasher.digest())}`;
      // An earlier spool of the same blob may be in use.
      if (this.#spools.has(digest)) await spool.dispose();
      else this.#spools.set(digest, spool);
      return { digest, size, uploaded: true };
    } catch (error) {
      await spool.dispose();
      throw error;
    }
  }

  /**
   * Reads a kept blob.
   *
   * @param start Offset in the blob, bytes.
   */
  read(digest: Digest, start = 0): ByteStream {
    const spool = this.#spools.get(digest);
    if (spool === undefined) throw new Error(`Cannot read the layer "${digest}": it is not kept`);
    return spool.read(start);
  }

  /** Frees all blobs. */
  async dispose(): Promise<void> {
    await Promise.all([...this.#spools.values()].map((spool) => spool.dispose()));
  }
}
