/** A repository of a registry. */

import type { Bytes, ByteStream } from "../base/bytes.ts";
import type { CreateHasher } from "../base/hash/hasher.ts";
import type { BlobSource } from "../storage/blob_source.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { type Digest, parseDigest } from "../oci/digest.ts";
import { isLayerForeign } from "../oci/media_type.ts";
import type { BlobReference, Document } from "../oci/blob_reference.ts";
import type {
  ByteRange,
  GetBlobOptions,
  PutBlobOptions,
  Repository,
  RepositoryOptions,
  StoredBlob,
} from "../storage/repository.ts";
import { hasBlob } from "./upload/blob_probe.ts";
import { readBlobPart } from "./blob_part.ts";
import { readBlob } from "./blob_reader.ts";
import { BlobUpload } from "./upload/blob_upload.ts";
import type { Endpoint, EndpointRequest } from "./http/endpoint.ts";
import { deleteManifest, getManifest, headManifest, putManifest } from "./manifests.ts";
import { mountBlob } from "./upload/mount.ts";
import { listReferrers } from "./referrers_api.ts";
import { type Access, requestScopes } from "./auth/scope.ts";
import { listTags } from "./tag_pages.ts";
import type { UploadSession } from "./upload/upload_session.ts";
import { NotFoundError } from "../storage/not_found_error.ts";
import { RegistryError } from "./http/registry_error.ts";

/** Options of {@linkcode RemoteRepository}. */
export interface RemoteRepositoryOptions {
  readonly endpoint: Endpoint;
  readonly registry: string;
  readonly repository: string;
  readonly access: Access;
  readonly createHasher: CreateHasher;
  /** Bytes. */
  readonly bufferSize: number;
  /** Takes work that nobody waits for. */
  readonly runInBackground: (work: Promise<unknown>) => void;
}

/** A repository of a registry; made by `Registries`. */
export class RemoteRepository implements Repository {
  readonly name: string;
  readonly #options: RemoteRepositoryOptions;
  /** Upload sessions that registries have answered mounts with, by the blob's digest. */
  readonly #spareSessions: Map<Digest, UploadSession> = new Map();
  /** False once the registry has answered that it has no list. */
  #listsReferrers = true;

  constructor(options: RemoteRepositoryOptions) {
    this.#options = options;
    this.name = `${options.registry}/${options.repository}`;
  }

  async getManifest(reference: string, options: RepositoryOptions = {}): Promise<Document> {
    const action = `Cannot read manifest "${reference}" of "${this.name}"`;
    const common = this.#request(action, manifestPath(reference), options);
    try {
      return await getManifest(this.#options.endpoint, common, reference);
    } catch (error) {
      throw asNotFound(error);
    }
  }

  async headManifest(
    reference: string,
    options: RepositoryOptions = {},
  ): Promise<Digest | undefined> {
    const action = `Cannot find manifest "${reference}" of "${this.name}"`;
    const common = this.#request(action, manifestPath(reference), options);
    return await headManifest(this.#options.endpoint, common, reference);
  }

  async putManifest(
    reference: string,
    document: Document,
    options: RepositoryOptions = {},
  ): Promise<void> {
    const action = `Cannot push manifest "${reference}" to "${this.name}"`;
    const common = this.#request(action, manifestPath(reference), options);
    await putManifest(this.#options.endpoint, common, reference, document);
  }

  async deleteManifest(reference: string, options: RepositoryOptions = {}): Promise<void> {
    const { endpoint, repository } = this.#options;
    const action = `Cannot delete manifest "${reference}" of "${this.name}"`;
    // Tokens for pushing do not include the right to delete.
    const scopes = requestScopes(repository, "delete");
    const common = { ...this.#request(action, manifestPath(reference), options), scopes };
    try {
      await deleteManifest(endpoint, common);
    } catch (error) {
      throw asNotFound(error);
    }
  }

  async hasBlob(digest: Digest, options: RepositoryOptions = {}): Promise<boolean> {
    return await this.#has(digest, options) === true;
  }

  async *getBlob(blob: BlobReference, options: GetBlobOptions = {}): ByteStream {
    const { endpoint, createHasher } = this.#options;
    const action = `Cannot read blob "${blob.digest}" of "${this.name}"`;
    if (isLayerForeign(blob)) {
      throw new TypeError(`${action}: it is a foreign layer, which is never fetched`);
    }
    const request: EndpointRequest = {
      ...this.#request(action, blobPath(blob.digest), options),
      method: "GET",
      allowance: options.isDocument ? endpoint.transport.createAllowance() : undefined,
    };
    try {
      yield* readBlob({ endpoint, request, blob, createHasher });
    } catch (error) {
      throw asNotFound(error);
    }
  }

  async getBlobPart(
    blob: BlobReference,
    { start, length }: ByteRange,
    options: RepositoryOptions = {},
  ): Promise<Bytes | undefined> {
    if (isLayerForeign(blob)) return undefined;
    const { endpoint } = this.#options;
    const action = `Cannot read a part of blob "${blob.digest}" of "${this.name}"`;
    const request: EndpointRequest = {
      ...this.#request(action, blobPath(blob.digest), options),
      method: "GET",
      headers: { "Accept-Encoding": "identity" },
    };
    try {
      return await readBlobPart({ endpoint, request, start, length });
    } catch (error) {
      throw asNotFound(error);
    }
  }

  async putBlob(source: BlobSource, options: PutBlobOptions = {}): Promise<StoredBlob> {
    const { createHasher, bufferSize, runInBackground, endpoint } = this.#options;
    const known = source.digest === undefined ? undefined : parseDigest(source.digest);
    const spare = known && this.#spareSessions.get(known);
    if (known !== undefined) this.#spareSessions.delete(known);
    const action = `Cannot push ${
      known === undefined ? "a blob" : `blob "${known}"`
    } to "${this.name}"`;
    const target = { endpoint, ...this.#request(action, "", options) };
    const has = (digest: Digest): Promise<boolean | undefined> => this.#has(digest, options);
    const rest = { createHasher, bufferSize, runInBackground };
    const upload = new BlobUpload(source, { ...options, ...rest, target, spare, has });
    const stored = await upload.run();
    const { transfer } = endpoint.transport;
    if (!stored.uploaded) transfer.blobsSkipped++;
    else if (known !== undefined) transfer.blobsCopied++;
    return stored;
  }

  canMount(from: Repository): from is RemoteRepository {
    return from instanceof RemoteRepository && from.#options.endpoint === this.#options.endpoint;
  }

  async mountBlob(
    blob: BlobReference,
    from: Repository,
    options: RepositoryOptions = {},
  ): Promise<boolean> {
    if (!this.canMount(from) || isLayerForeign(blob)) return false;
    const { endpoint, repository, access } = this.#options;
    const { digest } = blob;
    const other = from.#options.repository;
    const action = `Cannot mount blob "${digest}" of "${from.name}" into "${this.name}"`;
    const result = await mountBlob({
      ...this.#request(action, "", options),
      endpoint,
      scopes: requestScopes(repository, access, other),
      uploadScopes: requestScopes(repository, access),
      digest: parseDigest(digest),
      from: other,
    });
    if (typeof result === "object") this.#spareSessions.set(digest, result);
    if (result !== "mounted") return false;
    endpoint.transport.transfer.blobsMounted++;
    return true;
  }

  isSame(other: Repository): boolean {
    return this.canMount(other) && other.#options.repository === this.#options.repository;
  }

  async referrers(
    subject: Digest,
    options: RepositoryOptions = {},
  ): Promise<readonly Descriptor[] | undefined> {
    if (!this.#listsReferrers) return undefined;
    const action = `Cannot list what refers to "${subject}" in "${this.name}"`;
    const common = this.#request(action, `referrers/${parseDigest(subject)}`, options);
    const listed = await listReferrers(this.#options.endpoint, common);
    if (listed === undefined) this.#listsReferrers = false;
    return listed;
  }

  async *tags(options: RepositoryOptions = {}): AsyncIterable<string> {
    const action = `Cannot list tags of "${this.name}"`;
    try {
      yield* listTags(this.#options.endpoint, this.#request(action, "tags/list", options));
    } catch (error) {
      throw asNotFound(error);
    }
  }

  #has(digest: Digest, options: RepositoryOptions): Promise<boolean | undefined> {
    const action = `Cannot find blob "${digest}" in "${this.name}"`;
    return hasBlob(this.#options.endpoint, this.#request(action, blobPath(digest), options));
  }

  #request(
    action: string,
    path: string,
    { signal }: RepositoryOptions,
  ): Omit<EndpointRequest, "method"> {
    const { repository, access } = this.#options;
    const scopes = requestScopes(repository, access);
    return { action, target: `/v2/${repository}/${path}`, repository, scopes, signal };
  }
}

/** The path of a manifest. A tag is encoded, and a digest is checked (CVE-2024-3727). */
function manifestPath(reference: string): string {
  const checked = reference.includes(":") ? parseDigest(reference) : encodeURIComponent(reference);
  return `manifests/${checked}`;
}

/** Makes a `NotFoundError` of an answer 404; every other error stays as it is. */
function asNotFound(error: unknown): unknown {
  return error instanceof RegistryError && error.status === 404
    ? new NotFoundError(error.message, { cause: error })
    : error;
}

function blobPath(digest: string): string {
  return `blobs/${parseDigest(digest)}`;
}
