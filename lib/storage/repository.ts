/**
 * The one seam between verbs and storage: a registry's repository and an OCI layout both implement it. What needs only a part of it
 * takes the interface of that part.
 */

import type { Bytes, ByteStream } from "../base/bytes.ts";
import type { BlobReference, Document } from "../oci/blob_reference.ts";
import type { BlobSource } from "./blob_source.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";
import type { Platform } from "../oci/platform.ts";
import type { TarEntryHeader } from "../tar/entry.ts";
import type { CreateSpool } from "./spool.ts";

/** What became of a blob that was put. */
export interface StoredBlob {
  /** Of the blob. */
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  /** False where the repository had it already, or a dry run kept it from being sent. */
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
   * Whether it is small, a config for instance: from a registry it may then take no longer than a manifest.
   *
   * @default {false}
   */
  readonly isDocument?: boolean | undefined;
}

/** Options of {@linkcode BlobPusher.putBlob}. */
export interface PutBlobOptions extends RepositoryOptions {
  /**
   * Whether to ask first if the repository has the blob, once its digest is known: always, never, or as decided by then.
   *
   * @default {true}
   */
  readonly probe?: boolean | (() => boolean | Promise<boolean>) | undefined;
  /**
   * Where a repository may keep what it has read of the source, to send it again; disposed when the blob is stored. Without, what does
   * not fit into memory is had from the source once more, if that is replayable.
   */
  readonly createSpool?: CreateSpool | undefined;
  /** Told once when the spool fails, as on a full disk: reading goes on without it. */
  readonly onSpoolFailure?: ((error: unknown) => void) | undefined;
  /**
   * Called by registries when all of the blob was read, or what fits into memory, and awaited before anything of it is sent: it throws
   * where the bytes have turned out to be the wrong ones.
   *
   * @param isThere Whether the registry has the blob already, as far as that was asked.
   */
  readonly confirm?: ((isThere: boolean) => Promise<void>) | undefined;
  /** Called with the number of bytes sent so far, from the start of the blob; it may go back when an upload restarts. */
  readonly onProgress?: ((bytesSent: number) => void) | undefined;
}

/** Gives manifests and indexes. */
export interface ManifestFetcher {
  /** How messages call the place: `ghcr.io/acme/app` or `oci:DIR`. */
  readonly name: string;
  /**
   * Reads a manifest or index and verifies it against the digest where one was given.
   *
   * @param reference A tag or a digest.
   * @throws {NotFoundError} if it is not there.
   */
  getManifest(reference: string, options?: RepositoryOptions): Promise<Document>;
}

/** Knows what names stand for. */
export interface Resolver {
  /** The digest that a tag points at now, or undefined. */
  headManifest(reference: string, options?: RepositoryOptions): Promise<Digest | undefined>;
}

/** Takes manifests and indexes, and tags. */
export interface ManifestPusher {
  /**
   * Writes a manifest or index.
   *
   * @param reference A tag, or the document's own digest.
   */
  putManifest(reference: string, document: Document, options?: RepositoryOptions): Promise<void>;
}

/** Takes manifests and tags away. */
export interface ManifestDeleter {
  /**
   * Deletes a tag, or a manifest by its digest, and with it the tags that point at it. Blobs are left to the place's own cleaning.
   *
   * @param reference A tag or a digest.
   * @throws {NotFoundError} if it is not there.
   */
  deleteManifest(reference: string, options?: RepositoryOptions): Promise<void>;
}

/** A part of a blob. */
export interface ByteRange {
  /** Bytes from the start of the blob. */
  readonly start: number;
  /** Bytes; at least one, and all of them in the blob. */
  readonly length: number;
}

/** Gives blobs. */
export interface BlobFetcher {
  /** How messages call the place: `ghcr.io/acme/app` or `oci:DIR`. */
  readonly name: string;
  /**
   * The bytes of a blob; the stream throws at its end if they were not those of the digest and size.
   *
   * @throws {NotFoundError} if it is not there.
   */
  getBlob(blob: BlobReference, options?: GetBlobOptions): ByteStream;
  /**
   * A part of a blob, which nothing vouches for: a digest is of the whole. Absent where the place gives no parts.
   *
   * @returns undefined where it cannot be had but with the whole.
   */
  readonly getBlobPart?:
    | ((
      blob: BlobReference,
      range: ByteRange,
      options?: RepositoryOptions,
    ) => Promise<Bytes | undefined>)
    | undefined;
}

/** Knows which blobs are there. */
export interface BlobFinder {
  /** Whether the blob is there. */
  hasBlob(digest: Digest, options?: RepositoryOptions): Promise<boolean>;
}

/** Takes blobs. */
export interface BlobPusher {
  /**
   * Stores a blob. Prepares the place (an upload session) before the source's first byte is there, reads the source once
   * unless an upload has to start anew, and computes the digest on the way. Content that is there already is not sent.
   */
  putBlob(source: BlobSource, options?: PutBlobOptions): Promise<StoredBlob>;
}

/** Takes blobs from beside it, without moving them. */
export interface BlobMounter {
  /** Whether blobs of another repository can be mounted, as far as that is known without asking. */
  canMount(from: Repository): boolean;
  /**
   * Makes a blob of another repository of the same registry appear here without moving it.
   * False where that is not possible: the caller then copies.
   */
  mountBlob(blob: BlobReference, from: Repository, options?: RepositoryOptions): Promise<boolean>;
}

/** Shows what the image that was read last has, by paths from the root without links above them. */
export interface ImageFiles {
  /** What is at a path; undefined where nothing is. Of a file, only its kind is certain. */
  find(path: string, options?: RepositoryOptions): Promise<TarEntryHeader | undefined>;
  /** What is at a path as an archive, in which it comes first, under its last name alone. */
  read(path: string, options?: RepositoryOptions): ByteStream;
}

/** May show the files of an image without its layers. */
export interface FileViewer {
  /**
   * The files of the image that was read last; nothing is asked for yet. Absent where there are layers alone.
   *
   * @returns undefined where only layers tell.
   */
  readonly openFiles?:
    | ((options?: RepositoryOptions) => Promise<ImageFiles | undefined>)
    | undefined;
}

/** Knows what refers to a manifest. */
export interface ReferrerLister {
  /**
   * The manifests whose `subject` is a given one (OCI distribution spec 1.1, Listing Referrers); undefined if no list is kept here.
   */
  referrers(
    subject: Digest,
    options?: RepositoryOptions,
  ): Promise<readonly Descriptor[] | undefined>;
}

/** Knows the tags. */
export interface TagLister {
  /** All tags, page by page. */
  tags(options?: RepositoryOptions): AsyncIterable<string>;
}

/** Takes images as a whole: an archive, or an engine that is handed one. */
export interface Committer {
  /**
   * Makes all that was put appear, in one step. Absent where each manifest appears when it is put.
   *
   * @returns the digest that the image goes by there, if that is not its manifest's.
   */
  readonly commit?: ((options?: RepositoryOptions) => Promise<Digest | undefined>) | undefined;
}

/** Holds single images, and no index. */
export interface PlatformChooser {
  /**
   * The platform of the images here; undefined where it may be any. Absent where indexes are held.
   */
  readonly imagePlatform?:
    | ((options?: RepositoryOptions) => Promise<Platform | undefined>)
    | undefined;
}

/** Named images and the blobs that they are made of. Not every place can delete. */
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
  /** Whether two repositories are the same place, so that its blobs need not move at all. */
  isSame(other: Repository): boolean;
  /** Frees what it holds, such as temporary files; what was not committed is dropped. Safe to call more than once. */
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
