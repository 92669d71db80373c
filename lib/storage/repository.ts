/**
 * The one seam between verbs and storage: registries, OCI layouts, archives and engines implement it. A function that needs only a part
 * of it takes the interface of that part.
 */

import type { Bytes, ByteStream } from "../base/bytes.ts";
import type { BlobReference, Document } from "../oci/blob_reference.ts";
import type { BlobSource } from "./blob_source.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";
import type { Platform } from "../oci/platform.ts";
import type { TarEntryHeader } from "../tar/entry.ts";
import type { CreateSpool } from "./spool.ts";

/** The result of putting a blob. */
export interface StoredBlob {
  /** The blob's digest. */
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  /** False if the repository had it already, or in a dry run. */
  readonly uploaded: boolean;
}

/** Options that all operations of a repository take. */
export interface RepositoryOptions {
  /** Ends the operation at once; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of {@linkcode BlobFetcher.getBlob}. */
export interface GetBlobOptions extends RepositoryOptions {
  /**
   * Whether the blob is small, such as a config: reading it from a registry then has the same time limit as a manifest.
   *
   * @default {false}
   */
  readonly isDocument?: boolean | undefined;
}

/** Options of {@linkcode BlobPusher.putBlob}. */
export interface PutBlobOptions extends RepositoryOptions {
  /**
   * Whether to ask, once the blob's digest is known, if the repository has it already. A function decides at that time.
   *
   * @default {true}
   */
  readonly probe?: boolean | (() => boolean | Promise<boolean>) | undefined;
  /**
   * Makes a spool in which a repository may keep what it has read of the source, to send it again; disposed when the blob is stored.
   * Without it, bytes that do not fit into memory are read from the source again, if that is replayable.
   */
  readonly createSpool?: CreateSpool | undefined;
  /** Called once if the spool fails, as on a full disk: reading goes on without it. */
  readonly onSpoolFailure?: ((error: unknown) => void) | undefined;
  /**
   * Called by registries when all of the blob was read, or as much as fits into memory, and awaited before any of it is sent. It throws
   * if the bytes have turned out to be wrong.
   *
   * @param isThere Whether the registry has answered that it has the blob already.
   */
  readonly confirm?: ((isThere: boolean) => Promise<void>) | undefined;
  /** Called with the number of bytes sent so far, from the start of the blob; the number falls if an upload restarts. */
  readonly onProgress?: ((bytesSent: number) => void) | undefined;
}

/** Reads manifests and indexes. */
export interface ManifestFetcher {
  /** What messages call the repository: `ghcr.io/acme/app` or `oci:DIR`. */
  readonly name: string;
  /**
   * Reads a manifest or index. If the reference is a digest, the content is checked against it.
   *
   * @param reference A tag or a digest.
   * @throws {NotFoundError} if there is no such manifest.
   */
  getManifest(reference: string, options?: RepositoryOptions): Promise<Document>;
}

/** Resolves tags to digests. */
export interface Resolver {
  /** The digest that a tag points at now, or undefined if there is no such tag. */
  headManifest(reference: string, options?: RepositoryOptions): Promise<Digest | undefined>;
}

/** Writes manifests and indexes, and tags. */
export interface ManifestPusher {
  /**
   * Writes a manifest or index.
   *
   * @param reference A tag, or the document's own digest.
   */
  putManifest(reference: string, document: Document, options?: RepositoryOptions): Promise<void>;
}

/** Deletes manifests and tags. */
export interface ManifestDeleter {
  /**
   * Deletes a tag, or a manifest by its digest with all tags that point at it. Blobs are left to the storage's own garbage collection.
   *
   * @param reference A tag or a digest.
   * @throws {NotFoundError} if there is no such tag or manifest.
   */
  deleteManifest(reference: string, options?: RepositoryOptions): Promise<void>;
}

/** A part of a blob. */
export interface ByteRange {
  /** The offset in the blob, in bytes. */
  readonly start: number;
  /** The number of bytes: at least one, and not beyond the blob's end. */
  readonly length: number;
}

/** Reads blobs. */
export interface BlobFetcher {
  /** What messages call the repository: `ghcr.io/acme/app` or `oci:DIR`. */
  readonly name: string;
  /**
   * The bytes of a blob. The stream throws at its end if they do not match its digest and size.
   *
   * @throws {NotFoundError} if there is no such blob.
   */
  getBlob(blob: BlobReference, options?: GetBlobOptions): ByteStream;
  /**
   * Reads a part of a blob, unchecked: the digest is that of the whole. Absent if the repository cannot read parts.
   *
   * @returns undefined if this blob can only be read as a whole.
   */
  readonly getBlobPart?:
    | ((
      blob: BlobReference,
      range: ByteRange,
      options?: RepositoryOptions,
    ) => Promise<Bytes | undefined>)
    | undefined;
}

/** Looks for blobs. */
export interface BlobFinder {
  /** Whether the repository has a blob. */
  hasBlob(digest: Digest, options?: RepositoryOptions): Promise<boolean>;
}

/** Writes blobs. */
export interface BlobPusher {
  /**
   * Stores a blob. It prepares an upload session before the source gives its first byte, reads the source once unless an upload has to
   * start again, and computes the digest on the way. A blob that the repository has already is not sent.
   */
  putBlob(source: BlobSource, options?: PutBlobOptions): Promise<StoredBlob>;
}

/** Mounts blobs of another repository of the same registry. */
export interface BlobMounter {
  /** Whether blobs of another repository can be mounted, as far as that is known without a request. */
  canMount(from: Repository): boolean;
  /**
   * Makes a blob of another repository of the same registry appear here without transferring it. Resolves to false if that is not
   * possible: the caller then copies the blob.
   */
  mountBlob(blob: BlobReference, from: Repository, options?: RepositoryOptions): Promise<boolean>;
}

/** The files of the image that was read last, by paths from the root whose parents are no links. */
export interface ImageFiles {
  /** The entry at a path; undefined if there is none. Of a file, only its type is certain. */
  find(path: string, options?: RepositoryOptions): Promise<TarEntryHeader | undefined>;
  /** A tar of what is at a path. Its first entry is the path itself, named by its last segment. */
  read(path: string, options?: RepositoryOptions): ByteStream;
}

/** Looks up files of an image without reading its layers, if the storage can do that. */
export interface FileViewer {
  /**
   * Opens the files of the image that was read last, without a request yet. Absent if the storage has only layers.
   *
   * @returns undefined if the files can only be found in the layers.
   */
  readonly openFiles?:
    | ((options?: RepositoryOptions) => Promise<ImageFiles | undefined>)
    | undefined;
}

/** Lists what refers to a manifest. */
export interface ReferrerLister {
  /**
   * The manifests whose `subject` is a given one (OCI distribution spec 1.1, Listing Referrers); undefined if no list is kept here.
   */
  referrers(
    subject: Digest,
    options?: RepositoryOptions,
  ): Promise<readonly Descriptor[] | undefined>;
}

/** Lists tags. */
export interface TagLister {
  /** All tags, page by page. */
  tags(options?: RepositoryOptions): AsyncIterable<string>;
}

/** Writes all images in one step, as an archive does, or an engine that loads one. */
export interface Committer {
  /**
   * Makes all that was put visible, in one step. Absent if each manifest is visible once it is put.
   *
   * @returns the image's digest there, if it is not that of its manifest.
   */
  readonly commit?: ((options?: RepositoryOptions) => Promise<Digest | undefined>) | undefined;
}

/** Says which platform's image is taken of an index, if the storage cannot hold indexes. */
export interface PlatformChooser {
  /**
   * The platform of the images here; undefined if it may be any. Absent if the storage can hold indexes.
   */
  readonly imagePlatform?:
    | ((options?: RepositoryOptions) => Promise<Platform | undefined>)
    | undefined;
}

/** Named images and the blobs that they are made of. Not every kind of storage can delete. */
export interface Repository
  extends
    ManifestFetcher,
    Resolver,
    ManifestPusher,
    BlobFetcher,
    BlobFinder,
    BlobPusher,
    BlobMounter,
    ReferrerLister,
    TagLister,
    Partial<ManifestDeleter>,
    Committer,
    FileViewer,
    PlatformChooser {
  /** Whether two repositories are the same, so that blobs need neither be copied nor mounted. */
  isSame(other: Repository): boolean;
  /** Frees resources such as temporary files, and drops what was not committed. Safe to call more than once. */
  readonly dispose?: (() => Promise<void>) | undefined;
}

/** The methods of a repository that only read, for a wrapper that changes the others. */
export function forwardReads(
  target: Repository,
): Omit<Repository, "putManifest" | "putBlob" | "mountBlob"> {
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
  };
}
