/** An image archive as a repository: read in place, and written as a whole. */

import { abortableStream } from "../base/abortable_stream.ts";
import type { ByteStream } from "../base/bytes.ts";
import { once } from "../base/once.ts";
import { openLayout } from "../layout/layout_repository.ts";
import type { BlobReference, Document } from "../oci/blob_reference.ts";
import { type Digest, isDigest } from "../oci/digest.ts";
import type { BlobSource } from "../storage/blob_source.ts";
import { formatLocation } from "../storage/location.ts";
import { NotFoundError } from "../storage/not_found_error.ts";
import type {
  PutBlobOptions,
  Repository,
  RepositoryOptions,
  StoredBlob,
} from "../storage/repository.ts";
import { verifyStream } from "../storage/verify.ts";
import { writeTar } from "../tar/writer.ts";
import { dockerArchiveEntries, ociArchiveEntries, stagedManifests } from "./archive_entries.ts";
import type { ArchiveLocation, ArchiveOptions } from "./archive_options.ts";
import { DockerArchive } from "./docker_archive.ts";
import { memberDirectory } from "./member_directory.ts";
import { type OpenArchive, openArchive } from "./open_archive.ts";
import { StagedImages } from "./staged_images.ts";

/** What is read of archives of both formats. */
type ArchiveReader = Pick<
  Repository,
  "getManifest" | "headManifest" | "hasBlob" | "getBlob" | "getBlobPart" | "tags"
>;

/**
 * Opens an archive to read from it. Nothing is read before it is used.
 *
 * References are tags, digests, or the empty string for the only image.
 */
export function openArchiveSource(location: ArchiveLocation, options: ArchiveOptions): Repository {
  const name = placeName(location);
  let opened: Promise<OpenArchive> | undefined;
  let reader: Promise<ArchiveReader> | undefined;
  const open = (signal: AbortSignal | undefined): Promise<ArchiveReader> => {
    opened ??= openArchive(location, name, { ...options, signal });
    return reader ??= opened.then(({ members }) =>
      location.kind === "oci-archive"
        ? openLayout(memberDirectory(name, members), { ...options, name })
        : dockerReader(new DockerArchive(members, name, options.createHasher), location, options)
    );
  };
  const refuse = (): Promise<never> =>
    Promise.reject(new TypeError(`Cannot write to "${name}": it is opened for reading`));
  return {
    name,
    getManifest: async (reference, more = {}) =>
      (await open(more.signal)).getManifest(reference, more),
    headManifest: async (reference, more = {}) =>
      (await open(more.signal)).headManifest(reference, more),
    hasBlob: async (digest, more = {}) => (await open(more.signal)).hasBlob(digest, more),
    async *getBlob(blob, more = {}): ByteStream {
      yield* (await open(more.signal)).getBlob(blob, more);
    },
    // Layers of Docker archives are uncompressed, and have no table of contents.
    getBlobPart: async (blob, range, more = {}) =>
      await (await open(more.signal)).getBlobPart?.(blob, range, more),
    async *tags(more = {}): AsyncIterable<string> {
      yield* (await open(more.signal)).tags(more);
    },
    putManifest: refuse,
    putBlob: refuse,
    canMount: () => false,
    mountBlob: () => Promise.resolve(false),
    isSame: () => false,
    referrers: () => Promise.resolve(location.kind === "oci-archive" ? undefined : []),
    async dispose(): Promise<void> {
      // An archive that could not be opened has nothing to close.
      const archive = await opened?.catch(() => undefined);
      await archive?.close();
    },
  };
}

function dockerReader(
  archive: DockerArchive,
  { reference: wanted }: Extract<ArchiveLocation, { kind: "docker-archive" }>,
  { createHasher, transfer }: ArchiveOptions,
): ArchiveReader {
  const manifests = new Map<string, Promise<Document>>();
  const find = (reference: string): Promise<Document> =>
    once(manifests, reference, () =>
      archive.manifest(
        isDigest(reference)
          ? reference
          : wanted === undefined
          ? undefined
          : { ...wanted, tag: reference },
      ));
  return {
    getManifest: find,
    async headManifest(reference): Promise<Digest | undefined> {
      try {
        return (await find(reference)).digest;
      } catch (error) {
        if (error instanceof NotFoundError) return undefined;
        throw error;
      }
    },
    hasBlob: (digest) => Promise.resolve(archive.blob({ digest }) !== undefined),
    async *getBlob(blob: BlobReference, { signal }: RepositoryOptions = {}): ByteStream {
      const { digest, size } = blob;
      const action = `Cannot read blob "${digest}" from "${archive.name}"`;
      const content = archive.blob(blob);
      if (content === undefined) throw new NotFoundError(`${action}: it is not there`);
      const verified = verifyStream(content, { digest, size, action, createHasher });
      for await (const chunk of abortableStream(verified, signal)) {
        transfer.bytesDownloaded += chunk.length;
        yield chunk;
      }
    },
    async *tags(): AsyncIterable<string> {},
  };
}

/** Opens an archive to write it. Nothing is created before `commit`, which replaces an earlier file. */
export function openArchiveTarget(location: ArchiveLocation, options: ArchiveOptions): Repository {
  return new ArchiveTarget(location, options);
}

class ArchiveTarget implements Repository {
  readonly name: string;
  readonly #location: ArchiveLocation;
  readonly #options: ArchiveOptions;
  readonly #staged: StagedImages;

  constructor(location: ArchiveLocation, options: ArchiveOptions) {
    this.name = placeName(location);
    this.#location = location;
    this.#options = options;
    this.#staged = new StagedImages({ ...options, name: this.name });
  }

  /** A Docker archive holds single images, of any platform. */
  get imagePlatform(): Repository["imagePlatform"] {
    return this.#location.kind === "docker-archive" ? () => Promise.resolve(undefined) : undefined;
  }

  getManifest(reference: string): Promise<Document> {
    const { tags, documents } = this.#staged;
    const digest = isDigest(reference) ? reference : tags.get(reference);
    const document = digest && documents.get(digest);
    if (document !== undefined) return Promise.resolve(document);
    return Promise.reject(new NotFoundError(`Cannot find "${reference}" in "${this.name}"`));
  }

  headManifest(reference: string): Promise<Digest | undefined> {
    const { tags, documents } = this.#staged;
    return Promise.resolve(
      isDigest(reference) ? documents.get(reference)?.digest : tags.get(reference),
    );
  }

  async putManifest(reference: string, document: Document): Promise<void> {
    await this.#staged.putManifest(reference, document);
    if (this.#location.kind === "docker-archive") stagedManifests(this.#staged, this.name);
  }

  hasBlob(digest: Digest): Promise<boolean> {
    return Promise.resolve(this.#staged.blobs.has(digest));
  }

  async *getBlob({ digest }: BlobReference): ByteStream {
    const blob = this.#staged.blobs.get(digest);
    if (blob === undefined) {
      throw new NotFoundError(`Cannot read blob "${digest}" from "${this.name}": it is not there`);
    }
    yield* blob.open();
  }

  putBlob(source: BlobSource, options: PutBlobOptions = {}): Promise<StoredBlob> {
    return this.#staged.putBlob(source, options);
  }

  canMount(): boolean {
    return false;
  }

  mountBlob(): Promise<boolean> {
    return Promise.resolve(false);
  }

  /** In a layout the list of referrers is kept under a tag; a Docker archive cannot hold referrers. */
  referrers(): Promise<readonly [] | undefined> {
    return Promise.resolve(this.#location.kind === "oci-archive" ? undefined : []);
  }

  /** An archive is always written as a whole, so that all blobs have to be copied into it. */
  isSame(): boolean {
    return false;
  }

  async *tags(): AsyncIterable<string> {
    yield* this.#staged.tags.keys();
  }

  async commit({ signal }: RepositoryOptions = {}): Promise<Digest | undefined> {
    const { files, transfer } = this.#options;
    const location = this.#location;
    const { name } = this;
    const entries = location.kind === "oci-archive"
      ? ociArchiveEntries(this.#staged, {})
      : dockerArchiveEntries(this.#staged, { name, repository: location.reference });
    const pending = await files.create(location.path);
    try {
      for await (const chunk of abortableStream(writeTar(entries), signal)) {
        await pending.write(chunk);
        transfer.bytesUploaded += chunk.length;
      }
      signal?.throwIfAborted();
      await pending.commit();
    } finally {
      await pending.discard();
      await this.dispose();
    }
    return undefined;
  }

  async dispose(): Promise<void> {
    await this.#staged.dispose();
  }
}

/** What messages call an archive: its location without the name of the image. */
function placeName({ kind, path }: ArchiveLocation): string {
  return formatLocation({ kind, path });
}
