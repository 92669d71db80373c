/** Images that are collected before they are written as a whole. */

import type { ByteStream } from "../base/bytes.ts";
import type { CreateHasher } from "../base/hash/hasher.ts";
import type { Document } from "../oci/blob_reference.ts";
import { type Digest, isDigest } from "../oci/digest.ts";
import type { BlobSource } from "../storage/blob_source.ts";
import { ReplayableSource } from "../storage/replayable_source.ts";
import type { PutBlobOptions, StoredBlob } from "../storage/repository.ts";
import type { CreateSpool } from "../storage/spool.ts";
import type { Transfer } from "../storage/transfer.ts";
import { verifyBytes, verifyStream } from "../storage/verify.ts";

/** A blob in memory, in a spool, or in another repository. */
export interface StagedBlob {
  readonly digest: Digest;
  /** The size in bytes. */
  readonly size: number;
  /** Whether it is in another repository, and was not read yet. */
  readonly isElsewhere: boolean;
  /** Its bytes, checked. */
  open(): ByteStream;
}

/** Options of {@linkcode StagedImages}. */
export interface StagedImagesOptions {
  /** What messages call the target. */
  readonly name: string;
  readonly createHasher: CreateHasher;
  /** Makes spools for blobs whose size is not known before they are read. */
  readonly createSpool: CreateSpool;
  readonly transfer: Transfer;
}

/**
 * Keeps what is put until the images are written. A blob of another repository is only read when it is written; a new blob is read at
 * once, since its size has to be known before it is written.
 */
export class StagedImages {
  /** Blobs by digest, in the order in which they were put. */
  readonly blobs: Map<Digest, StagedBlob> = new Map();
  /** Manifests and indexes by digest. */
  readonly documents: Map<Digest, Document> = new Map();
  /** Digests by tag. */
  readonly tags: Map<string, Digest> = new Map();
  readonly #options: StagedImagesOptions;
  readonly #sources = new Set<ReplayableSource>();

  constructor(options: StagedImagesOptions) {
    this.#options = options;
  }

  /** Adds a blob. */
  async putBlob(source: BlobSource, options: PutBlobOptions = {}): Promise<StoredBlob> {
    options.signal?.throwIfAborted();
    const { digest, size, replayable } = source;
    if (digest !== undefined && size !== undefined && replayable) {
      return this.#remember(source, { digest, size }, options);
    }
    return await this.#receive(source, options);
  }

  /** Adds a manifest or index, under a tag or its digest. */
  async putManifest(reference: string, document: Document): Promise<void> {
    const { bytes, digest } = document;
    const action = `Cannot write "${reference}" to "${this.#options.name}"`;
    await verifyBytes(bytes, isDigest(reference) ? reference : digest, action);
    this.documents.set(digest, document);
    if (!isDigest(reference)) this.tags.set(reference, digest);
  }

  /** Frees temporary files. */
  async dispose(): Promise<void> {
    const sources = [...this.#sources];
    this.#sources.clear();
    await Promise.all(sources.map((source) => source.dispose()));
  }

  #remember(
    source: BlobSource,
    { digest, size }: { readonly digest: Digest; readonly size: number },
    { onProgress }: PutBlobOptions,
  ): StoredBlob {
    const { transfer, createHasher, name } = this.#options;
    if (this.blobs.has(digest)) {
      transfer.blobsSkipped++;
      return { digest, size, uploaded: false };
    }
    async function* open(): ByteStream {
      const action = `Cannot write blob "${digest}" to "${name}"`;
      let bytes = 0;
      for await (
        const chunk of verifyStream(source.open(), { digest, size, action, createHasher })
      ) {
        yield chunk;
        onProgress?.(bytes += chunk.length);
      }
      transfer.blobsCopied++;
    }
    this.blobs.set(digest, { digest, size, isElsewhere: true, open });
    return { digest, size, uploaded: true };
  }

  async #receive(source: BlobSource, options: PutBlobOptions): Promise<StoredBlob> {
    const { createHasher, createSpool } = this.#options;
    const kept = new ReplayableSource(source, {
      action: "Cannot read a blob",
      createHasher,
      createSpool: options.createSpool ?? createSpool,
    });
    this.#sources.add(kept);
    let bytes = 0;
    for await (const chunk of kept.open()) {
      options.signal?.throwIfAborted();
      options.onProgress?.(bytes += chunk.length);
    }
    const { digest, size } = kept;
    if (digest === undefined || size === undefined) throw new TypeError("Cannot read a blob");
    if (this.blobs.has(digest)) {
      this.#sources.delete(kept);
      await kept.dispose();
      return { digest, size, uploaded: false };
    }
    const open = (): ByteStream => kept.open();
    this.blobs.set(digest, { digest, size, isElsewhere: false, open });
    return { digest, size, uploaded: true };
  }
}
