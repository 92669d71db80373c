/** An OCI image layout (OCI image spec 1.1, image-layout.md) as a repository. */

import type { Bytes, ByteStream } from "../base/bytes.ts";
import { readFirst } from "../base/read_first.ts";
import { abortableStream } from "../base/abortable_stream.ts";
import type { CreateHasher } from "../base/hash/hasher.ts";
import { once } from "../base/once.ts";
import { encodeHex } from "../base/hex.ts";
import { printable } from "../base/printable.ts";
import { createSha256 } from "../base/hash/sha256.ts";
import type { BlobSource } from "../storage/blob_source.ts";
import { type Digest, isDigest } from "../oci/digest.ts";
import { DigestMismatchError } from "../storage/digest_mismatch_error.ts";
import { describeDocument } from "../oci/document.ts";
import { readBody } from "../oci/document_body.ts";
import type { BlobReference, Document } from "../oci/blob_reference.ts";
import { NotFoundError } from "../storage/not_found_error.ts";
import type {
  ByteRange,
  GetBlobOptions,
  PutBlobOptions,
  Repository,
  RepositoryOptions,
  StoredBlob,
} from "../storage/repository.ts";
import type { ByteBudget } from "../storage/byte_budget.ts";
import type { Transfer } from "../storage/transfer.ts";
import { verifyBytes, verifyStream } from "../storage/verify.ts";
import type { Directory, PendingFile } from "./directory.ts";
import { blobPath, LayoutFiles } from "./layout_files.ts";
import {
  findInLayout,
  type LayoutIndex,
  layoutTags,
  removeFromLayout,
  tagInLayout,
} from "./layout_index.ts";

/** Options of {@linkcode openLayout}. */
export interface LayoutOptions {
  /** @default {createSha256} */
  readonly createHasher?: CreateHasher | undefined;
  /** Counters to add to: what is written counts as uploaded, what is read as downloaded. */
  readonly transfer?: Transfer | undefined;
  /**
   * What messages call the layout.
   *
   * @default `oci:` and the directory's name
   */
  readonly name?: string | undefined;
  /**
   * The limit for all manifests and configs together.
   *
   * @default {undefined} each document has only its own limit
   */
  readonly documents?: ByteBudget | undefined;
}

/**
 * Opens a layout. Nothing is read or created before it is used; the first write creates it.
 *
 * References are tags, digests, or the empty string for the only image in the layout. A manifest that is put by its digest is stored
 * but not listed in `index.json`.
 */
export function openLayout(directory: Directory, options: LayoutOptions = {}): Repository {
  return new LayoutRepository(directory, options);
}

/** A layout; made by {@linkcode openLayout}. */
export class LayoutRepository implements Repository {
  readonly name: string;
  readonly #files: LayoutFiles;
  readonly #directory: Directory;
  readonly #createHasher: CreateHasher;
  readonly #transfer: Transfer | undefined;
  readonly #documents: ByteBudget | undefined;
  readonly #verified: Map<Digest, Promise<boolean>> = new Map();

  constructor(directory: Directory, options: LayoutOptions) {
    this.#files = new LayoutFiles(directory, options.transfer, options.name);
    this.name = this.#files.name;
    this.#directory = directory;
    this.#createHasher = options.createHasher ?? createSha256;
    this.#transfer = options.transfer;
    this.#documents = options.documents;
  }

  async getManifest(reference: string, options: RepositoryOptions = {}): Promise<Document> {
    options.signal?.throwIfAborted();
    const index = await this.#files.readIndex();
    const entry = findInLayout(index, reference);
    // The images of an index are stored but not listed in `index.json`.
    const digest = entry?.digest ?? (isDigest(reference) ? reference : undefined);
    const bytes = digest && await this.#files.readDocument(digest);
    if (digest === undefined || bytes === undefined) {
      throw new NotFoundError(`Cannot read ${this.#image(reference)}: ${describeMiss(index)}`);
    }
    this.#documents?.take(bytes.length, "a manifest");
    await verifyBytes(bytes, digest, `Cannot read ${this.#image(reference)}`);
    this.#countRead(bytes);
    return {
      bytes,
      digest,
      mediaType: entry?.mediaType ?? mediaTypeOf(bytes, digest),
    };
  }

  async headManifest(
    reference: string,
    options: RepositoryOptions = {},
  ): Promise<Digest | undefined> {
    options.signal?.throwIfAborted();
    if (isDigest(reference)) return await this.hasBlob(reference) ? reference : undefined;
    const index = await this.#files.findIndex();
    return index && findInLayout(index, reference)?.digest;
  }

  async putManifest(
    reference: string,
    document: Document,
    options: RepositoryOptions = {},
  ): Promise<void> {
    options.signal?.throwIfAborted();
    const { bytes, digest } = document;
    await verifyBytes(bytes, digest, `Cannot write ${this.#image(reference)}`);
    if (isDigest(reference) && reference !== digest) {
      throw new DigestMismatchError(`Cannot write ${this.#image(reference)}`, {
        expected: reference,
        actual: digest,
      });
    }
    await this.#files.writeVersion();
    await this.#files.writeDocument(digest, bytes);
    await this.#files.updateIndex((index) => {
      options.signal?.throwIfAborted();
      if (isDigest(reference)) return undefined;
      return tagInLayout(index, reference || "latest", describeDocument(document));
    });
  }

  /** Removes images from `index.json`. Their blobs stay, since other images may need them. */
  async deleteManifest(reference: string, options: RepositoryOptions = {}): Promise<void> {
    options.signal?.throwIfAborted();
    // Throws if there is no layout, which would else be created.
    await this.#files.readIndex();
    await this.#files.updateIndex((index) => {
      options.signal?.throwIfAborted();
      const rest = removeFromLayout(index, reference);
      if (rest !== undefined) return rest;
      throw new NotFoundError(`Cannot delete ${this.#image(reference)}: ${describeMiss(index)}`);
    });
  }

  async hasBlob(digest: Digest, options: RepositoryOptions = {}): Promise<boolean> {
    options.signal?.throwIfAborted();
    return await this.#directory.size(blobPath(digest)) !== undefined;
  }

  async *getBlob(blob: BlobReference, options: GetBlobOptions = {}): ByteStream {
    const { digest, size } = blob;
    const action = `Cannot read blob "${digest}" from "${this.name}"`;
    const content = await this.#directory.read(blobPath(digest));
    if (content === undefined) throw new NotFoundError(`${action}: it is not there`);
    const createHasher = this.#createHasher;
    const verified = verifyStream(content, { digest, size, action, createHasher });
    for await (const chunk of abortableStream(verified, options.signal)) {
      this.#countRead(chunk);
      if (options.isDocument) this.#documents?.take(chunk.length, "a config");
      yield chunk;
    }
  }

  async getBlobPart(
    { digest }: BlobReference,
    { start, length }: ByteRange,
    { signal }: RepositoryOptions = {},
  ): Promise<Bytes | undefined> {
    const content = await this.#directory.read(blobPath(digest), start);
    if (content === undefined) return undefined;
    const bytes = await readFirst(abortableStream(content, signal), length);
    if (bytes !== undefined) this.#countRead(bytes);
    return bytes;
  }

  async putBlob(source: BlobSource, options: PutBlobOptions = {}): Promise<StoredBlob> {
    options.signal?.throwIfAborted();
    if (source.digest !== undefined) {
      const size = await this.#directory.size(blobPath(source.digest));
      const mayBe = size !== undefined && (source.size === undefined || source.size === size);
      // Checked, since a manifest is about to name it: a full disk may have left a file of the right size with wrong content.
      if (mayBe && await this.#isRight(source.digest, options)) {
        return this.#counted(source, { digest: source.digest, size, uploaded: false });
      }
    }
    return this.#counted(source, await this.#receive(source, options));
  }

  /** Blobs are only mounted between repositories of one registry; those of other layouts are copied. */
  canMount(): boolean {
    return false;
  }

  mountBlob(): Promise<boolean> {
    return Promise.resolve(this.canMount());
  }

  /** A layout has no referrers API: the list is kept under a tag. */
  referrers(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  isSame(other: Repository): boolean {
    return other instanceof LayoutRepository && other.#directory.name === this.#directory.name;
  }

  async *tags(options: RepositoryOptions = {}): AsyncIterable<string> {
    options.signal?.throwIfAborted();
    yield* layoutTags(await this.#files.readIndex());
  }

  /** Writes a blob to a temporary file, which gets its name once the content is known to match its digest. */
  async #receive(source: BlobSource, options: PutBlobOptions): Promise<StoredBlob> {
    const hasher = this.#createHasher();
    let file: PendingFile | undefined;
    let size = 0;
    try {
      const content = checkKnown(source, this.name, this.#createHasher);
      for await (const chunk of abortableStream(content, options.signal)) {
        // Created with the first byte, so that a command that fails before leaves no directory behind.
        file ??= await this.#directory.create();
        // Content with a known digest is already hashed by its check.
        if (source.digest === undefined) await hasher.update(chunk);
        await file.write(chunk);
        size += chunk.length;
        options.onProgress?.(size);
      }
      options.signal?.throwIfAborted();
      file ??= await this.#directory.create();
      const digest = source.digest ?? `sha256:${encodeHex(await hasher.digest())}` as const;
      const path = blobPath(digest);
      const isThere = await this.#directory.size(path) === size;
      if (isThere && await this.#isRight(digest, options)) return { digest, size, uploaded: false };
      await file.commit(path);
      this.#files.countWritten(size);
      return { digest, size, uploaded: true };
    } finally {
      await file?.discard();
    }
  }

  /** Whether a stored blob matches its digest. Each is checked once. */
  #isRight(digest: Digest, options: RepositoryOptions): Promise<boolean> {
    return once(this.#verified, digest, async () => {
      const content = await this.#directory.read(blobPath(digest));
      if (content === undefined) return false;
      const createHasher = this.#createHasher;
      try {
        const verified = verifyStream(content, { digest, action: "", createHasher });
        for await (const _ of abortableStream(verified, options.signal));
        return true;
      } catch (error) {
        // The blob is written again, so that the result is no longer valid.
        this.#verified.delete(digest);
        if (error instanceof DigestMismatchError) return false;
        throw error;
      }
    });
  }

  #image(reference: string): string {
    const shown = isDigest(reference) ? `@${reference}` : reference === "" ? "" : `:${reference}`;
    return `"${this.name}${shown}"`;
  }

  #counted(source: BlobSource, stored: StoredBlob): StoredBlob {
    if (this.#transfer === undefined) return stored;
    if (!stored.uploaded) this.#transfer.blobsSkipped++;
    // A source whose digest is known in advance is a copy from another repository.
    else if (source.digest !== undefined) this.#transfer.blobsCopied++;
    return stored;
  }

  #countRead(chunk: Bytes): void {
    if (this.#transfer !== undefined) this.#transfer.bytesDownloaded += chunk.length;
  }
}

/** The bytes of a source, checked against its digest and size if they are known. */
function checkKnown(source: BlobSource, name: string, createHasher: CreateHasher): ByteStream {
  const { digest, size } = source;
  if (digest === undefined) return source.open();
  const action = `Cannot write blob "${digest}" to "${name}"`;
  return verifyStream(source.open(), { digest, size, action, createHasher });
}

/** The media type that a document names. An unknown one is no error before the document has to be parsed. */
function mediaTypeOf(bytes: Bytes, digest: Digest): string {
  try {
    return readBody({ bytes, digest, mediaType: "" }).mediaType;
  } catch {
    return "";
  }
}

function describeMiss(index: LayoutIndex): string {
  const tags = layoutTags(index);
  if (tags.length > 0) return `it is not there; its tags are ${printable(tags.join(", "), 500)}`;
  return index.manifests.length > 1 ? "it holds several images without tags" : "it is not there";
}
