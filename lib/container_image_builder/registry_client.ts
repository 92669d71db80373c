/** The registry client of `container-image-builder`, for one repository. */

import { begunStream } from "../base/begun_stream.ts";
import type { Bytes, ByteStream } from "../base/bytes.ts";
import { checkOptions, type OptionNames } from "../base/check_options.ts";
import { collectBytes } from "../base/collect.ts";
import { type ForeignStream, fromForeignStream } from "../base/foreign_stream.ts";
import { type BlobSource, bytesSource } from "../storage/blob_source.ts";
import { digestOf, parseDigest } from "../oci/digest.ts";
import { readBody, withMediaType } from "../oci/document_body.ts";
import { formatJson, type JsonObject, parseJson } from "../oci/json.ts";
import { parseRegistryName, parseRepositoryName } from "../oci/reference.ts";
import type { Repository, RepositoryOptions } from "../storage/repository.ts";
import { verifyStream } from "../storage/verify.ts";
import { ByteBudget } from "../storage/byte_budget.ts";
import {
  type Access,
  ACCESS_OPTIONS,
  type AccessOptions,
  createAccess,
} from "../image/access/access.ts";
import { type AuthResult, toCredential } from "./auth_config.ts";
import type { ImageManifest } from "./image_data.ts";
import { withDefaultHost } from "../host/default_host.ts";
import type { NativeBytes, NativeStream } from "../host/native_stream.ts";
import { toNativeBytes, toNativeStream } from "../host/native_types.ts";

/**
 * The content for {@linkcode RegistryClient.upload}: bytes, text that is encoded as UTF-8, or a stream of either: a web stream, one of
 * Node, or one of the package `request`.
 */
export type UploadInput = Uint8Array | string | ForeignStream;

/** Options of {@linkcode RegistryClient.mount}. */
export interface MountOptions {
  /**
   * Whether `mount` resolves to false, instead of rejecting, if the registry does not mount the blob.
   *
   * @default {false}
   */
  readonly optional?: boolean | undefined;
}

const MOUNT_OPTIONS: OptionNames<MountOptions> = { optional: true };

/** The result of uploading a manifest. */
export interface UploadedManifest {
  /** HTTP status of the upload: 201. */
  readonly status: number;
  /** Digest of the uploaded bytes. */
  readonly digest: string;
  /** Body of the answer: empty. */
  readonly body: NativeBytes;
}

/** All tags of a repository. */
export interface TagResult {
  /** The repository's path. */
  readonly name: string;
  /** Tags of the repository. */
  readonly tags: string[];
}

/** Opens a client's repositories in another way. */
export interface OpenedRepositories extends RepositoryOptions {
  readonly open: OpenRepository;
}

/** Opens a client's own repository if no name is given, or another one of the same registry, to mount from. */
export type OpenRepository = (access: "pull" | "push", name?: string) => Promise<Repository>;

/**
 * A client for one repository of a registry.
 * @example
 * ```ts
 * import { auth, RegistryClient } from "@x/appendlayer/container-image-builder";
 *
 * const found = await auth("ghcr.io/acme/app", "pull");
 * const client = new RegistryClient("ghcr.io", "acme/app", found);
 * ```
 */
export class RegistryClient {
  readonly #name: string;
  readonly #open: OpenRepository;
  readonly #options: RepositoryOptions;
  #readable: Promise<Repository> | undefined;
  #writable: Promise<Repository> | undefined;

  /**
   * Makes a client for one repository and credential.
   *
   * @param registry `ghcr.io`, `localhost:5000`
   * @param repository `acme/app`
   * @param auth The credential that {@linkcode auth} has found. @default the one that the host finds
   * @throws {SyntaxError} if one of the names is invalid.
   */
  constructor(
    registry: string,
    repository: string,
    auth?: AuthResult,
    options?: AccessOptions,
  );
  // Not public: by this an `Image` shares its repositories with its clients.
  constructor(
    registry: string,
    repository: string,
    auth?: AuthResult,
    options: AccessOptions | OpenedRepositories = {},
  ) {
    if (!("open" in options)) checkOptions(options, ACCESS_OPTIONS, "RegistryClient()");
    this.#name = repository;
    this.#options = { signal: options.signal };
    this.#open = "open" in options
      ? options.open
      : openerOf(parseRegistryName(registry), parseRepositoryName(repository), auth, options);
  }

  /** Reads a manifest or index by tag or digest, as a fresh object. */
  async manifest(reference: string): Promise<ImageManifest> {
    const document = await (await this.#toRead()).getManifest(reference, this.#options);
    const { body, mediaType } = readBody(document);
    return structuredClone(withMediaType(body, mediaType)) as unknown as ImageManifest;
  }

  /** Lists all tags, of all pages. */
  async tags(): Promise<TagResult> {
    const repository = await this.#toRead();
    const tags: string[] = [];
    for await (const tag of repository.tags(this.#options)) tags.push(tag);
    return { name: this.#name, tags };
  }

  /**
   * Writes a manifest or index.
   *
   * @param tag False to write the manifest without a tag.
   * @param manifest Bytes are sent as they are; an object is written as JSON.
   * @throws {SyntaxError} if it is no manifest.
   */
  async manifestUpload(
    tag: string | false,
    manifest: Uint8Array | JsonObject | ImageManifest,
  ): Promise<UploadedManifest> {
    const given = manifest instanceof Uint8Array
      ? manifest.slice()
      : formatJson(manifest as JsonObject);
    const body = parseJson(given, "the manifest");
    const own = body["mediaType"];
    const sent = typeof own === "string" ? own : "";
    const { mediaType } = readBody({
      bytes: given,
      mediaType: sent,
      digest: await digestOf(given),
    });
    const bytes = manifest instanceof Uint8Array
      ? given
      : formatJson(withMediaType(body, mediaType));
    const digest = await digestOf(bytes);
    const document = { bytes, mediaType, digest };
    await (await this.#toWrite()).putManifest(tag || digest, document, this.#options);
    return { status: 201, digest, body: toNativeBytes(new Uint8Array()) };
  }

  /** Whether the repository has a blob. */
  async blobExists(digest: string): Promise<boolean> {
    return await (await this.#toRead()).hasBlob(parseDigest(digest), this.#options);
  }

  /**
   * Reads a blob and checks its digest.
   *
   * @param stream Whether to return a stream instead of bytes. It fails at its end if the content does not match the digest.
   * @throws {RegistryError} if there is no such blob, also with `stream`.
   */
  async blob(digest: string, stream?: false): Promise<NativeBytes>;
  /** Reads a blob as a stream. */
  async blob(digest: string, stream: true): Promise<NativeStream>;
  async blob(digest: string, stream = false): Promise<NativeBytes | NativeStream> {
    const content = (await this.#toRead()).getBlob(
      { digest: parseDigest(digest) },
      this.#options,
    );
    if (!stream) return toNativeBytes(await collectBytes(content));
    return toNativeStream(await begunStream(content));
  }

  /**
   * Stores a blob, in one pass.
   *
   * @param contentLength The size in bytes, which is checked.
   * @param digest The digest, which is checked; without it, it is computed.
   */
  async upload(
    blob: UploadInput,
    contentLength?: number,
    digest?: string,
  ): Promise<{ contentLength: number; digest: string }> {
    const source = blobSource(blob, contentLength, digest);
    let isRead = false;
    const stored = await (await this.#toWrite()).putBlob({
      ...source,
      open(start): ByteStream {
        isRead = true;
        return source.open(start);
      },
    }, this.#options);
    const { digest: found, size } = stored;
    if (!isRead) {
      // The repository has a blob of that digest; the content that was given may differ.
      const action = `Cannot upload the blob "${found}"`;
      for await (const _ of verifyStream(source.open(), { digest: found, size, action }));
    }
    return { contentLength: size, digest: found };
  }

  /**
   * Mounts a blob of another repository of the registry into this one.
   *
   * @returns true; false if the registry does not mount the blob and `optional` is set.
   * @throws {Error} if the registry does not mount the blob: upload it then.
   */
  async mount(
    digest: string,
    fromRepository: string,
    options: MountOptions = {},
  ): Promise<boolean> {
    checkOptions(options, MOUNT_OPTIONS, "mount()");
    const from = await this.#open("pull", parseRepositoryName(fromRepository));
    const isMounted = await (await this.#toWrite()).mountBlob(
      { digest: parseDigest(digest) },
      from,
      this.#options,
    );
    if (isMounted || options.optional === true) return isMounted;
    throw new Error(
      `Cannot mount "${digest}" from "${fromRepository}" into "${this.#name}": the registry does not do it`,
    );
  }

  /** The repository with the right to read only: GHCR refuses a token to push to most users, and Quay creates the repository for one. */
  #toRead(): Promise<Repository> {
    return this.#writable ?? (this.#readable ??= this.#open("pull"));
  }

  #toWrite(): Promise<Repository> {
    return this.#writable ??= this.#open("push");
  }
}

function openerOf(
  registry: string,
  repository: string,
  auth: AuthResult | undefined,
  options: AccessOptions,
): OpenRepository {
  const credential = auth && toCredential(auth);
  const credentials = auth === undefined ? {} : {
    credentials: () => Promise.resolve(credential),
  };
  let access: Promise<Access> | undefined;
  return async (rights, name = repository) => {
    access ??= withDefaultHost({ ...options, ...credentials }).then((all) =>
      // No budget: this object may live long, and does not hold the documents that it has read.
      createAccess(all, new ByteBudget(Infinity))
    );
    const reference = { registry, repository: name };
    return (await access).open({ kind: "registry", reference }, rights);
  };
}

function blobSource(blob: UploadInput, length: number | undefined, digest?: string): BlobSource {
  const known = digest === undefined ? {} : { digest: parseDigest(digest) };
  if (typeof blob === "string" || blob instanceof Uint8Array) {
    const bytes = typeof blob === "string" ? new TextEncoder().encode(blob) : blob as Bytes;
    if (length !== undefined && length !== bytes.length) {
      throw wrongLength(length, `${bytes.length}`);
    }
    return { ...bytesSource(bytes), ...known };
  }
  const content = fromForeignStream(blob, "the blob");
  if (length === undefined) return { ...known, replayable: false, open: () => content };
  return { ...known, size: length, replayable: false, open: () => exactly(length, content) };
}

/** Passes on a stream; throws if it does not have a given size. */
async function* exactly(size: number, content: ByteStream): ByteStream {
  let length = 0;
  for await (const chunk of content) {
    length += chunk.length;
    if (length > size) break;
    yield chunk;
  }
  if (length !== size) throw wrongLength(size, length > size ? "more" : `${length}`);
}

function wrongLength(expected: number, found: string): RangeError {
  return new RangeError(`Cannot upload the blob: expected ${expected} bytes, got ${found}`);
}
