/** An image in an engine as a repository: read by the Engine API, and loaded as an archive without the layers that the engine has. */

import {
  dockerArchiveEntries,
  ociArchiveEntries,
  stagedManifests,
} from "../archive/archive_entries.ts";
import { StagedImages } from "../archive/staged_images.ts";
import type { ByteStream } from "../base/bytes.ts";
import { collectBytes } from "../base/collect.ts";
import type { BlobReference, Document } from "../oci/blob_reference.ts";
import { parseConfig } from "../oci/config.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { type Digest, isDigest } from "../oci/digest.ts";
import { isJsonObject, type JsonObject } from "../oci/json.ts";
import type { Platform } from "../oci/platform.ts";
import { formatFamiliarReference, type Reference } from "../oci/reference.ts";
import { type BlobSource, bytesSource } from "../storage/blob_source.ts";
import { NotFoundError } from "../storage/not_found_error.ts";
import type {
  ImageFiles,
  PutBlobOptions,
  Repository,
  RepositoryOptions,
  StoredBlob,
} from "../storage/repository.ts";
import { writeTar } from "../tar/writer.ts";
import type { EngineClient, EngineKind } from "./engine_client.ts";
import { imageId, layersOf } from "./engine_config.ts";
import { EngineError } from "./engine_error.ts";
import type { EngineSession } from "./engine_session.ts";

/** The most images of the engine whose layers are compared with those that are to be sent. */
const MOST_COMPARED = 64;
/** The most bytes of a config. */
const LARGEST_CONFIG = 16 * 1024 * 1024;

/** Options of {@linkcode openEngine}. */
export interface EngineOptions {
  readonly session: EngineSession;
  /** What is done with the image: only its documents are read, its layers too, or it is written. */
  readonly role: "look" | "source" | "target";
}

/** Opens an image of an engine. No request is sent before it is used. */
export function openEngine(reference: Reference, options: EngineOptions): Repository {
  return new EngineRepository(reference, options);
}

class EngineRepository implements Repository {
  readonly name: string;
  readonly #reference: Reference;
  readonly #session: EngineSession;
  readonly #client: EngineClient;
  readonly #role: EngineOptions["role"];
  readonly #staged: StagedImages;
  /** The manifest that was read last. */
  #read: Digest | undefined;

  constructor(reference: Reference, { session, role }: EngineOptions) {
    const { tag: _tag, digest: _digest, ...place } = reference;
    this.name = `docker-daemon:${formatFamiliarReference(place)}`;
    this.#reference = reference;
    this.#session = session;
    this.#client = session.client;
    this.#role = role;
    this.#staged = new StagedImages({ ...session.options, name: this.name });
    if (role === "target") session.isTarget = true;
  }

  async getManifest(reference: string, { signal }: RepositoryOptions = {}): Promise<Document> {
    const digest = isDigest(reference) ? reference : this.#staged.tags.get(reference);
    const staged = digest && this.#staged.documents.get(digest);
    if (staged !== undefined) return staged;
    const name = this.#nameOf(reference);
    const read = await this.#session.manifest(name, this.#role === "source", signal);
    this.#read = read.digest;
    return read;
  }

  async headManifest(
    reference: string,
    { signal }: RepositoryOptions = {},
  ): Promise<Digest | undefined> {
    const image = await this.#client.image(this.#nameOf(reference), signal);
    return image && imageId(image);
  }

  async putManifest(reference: string, document: Document): Promise<void> {
    await this.#staged.putManifest(reference, document);
    stagedManifests(this.#staged, this.name);
  }

  hasBlob(digest: Digest): Promise<boolean> {
    return Promise.resolve(this.#staged.blobs.has(digest));
  }

  async *getBlob(blob: BlobReference, options: RepositoryOptions = {}): ByteStream {
    const staged = this.#staged.blobs.get(blob.digest);
    const config = this.#session.configs.get(blob.digest);
    if (staged !== undefined) yield* staged.open();
    else if (config !== undefined) yield config.bytes;
    else {
      const exported = await this.#session.exportOf(blob.digest, options.signal);
      if (exported === undefined) {
        throw new NotFoundError(`Cannot read blob "${blob.digest}" from "${this.name}"`);
      }
      // A manifest that was built from the engine's answers does not know the sizes of its layers.
      const { size, ...unsized } = blob;
      yield* exported.getBlob(size === 0 ? unsized : blob, options);
    }
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

  /** Not with Podman, which answers that every file belongs to the container's user (4.3 and 5.8). */
  async openFiles({ signal }: RepositoryOptions = {}): Promise<ImageFiles | undefined> {
    const image = this.#session.images.find(({ manifest }) => manifest === this.#read);
    if (image === undefined || await this.#client.kind(signal) === "podman") return undefined;
    return this.#session.probe(image.name);
  }

  /** Engines store no referrers. */
  referrers(): Promise<readonly []> {
    return Promise.resolve([]);
  }

  isSame(other: Repository): boolean {
    return other instanceof EngineRepository;
  }

  async *tags(): AsyncIterable<string> {
    yield* this.#staged.tags.keys();
  }

  imagePlatform({ signal }: RepositoryOptions = {}): Promise<Platform | undefined> {
    return this.#client.platform(signal);
  }

  async commit({ signal }: RepositoryOptions = {}): Promise<Digest | undefined> {
    const [image] = stagedManifests(this.#staged, this.name);
    if (image === undefined) return undefined;
    const { config, layers } = image.manifest;
    const same = this.#session.configs.get(config.digest);
    if (same !== undefined) return await this.#tag(same.of, signal);
    const bytes = await collectBytes(this.getBlob(config, { signal }), { limit: LARGEST_CONFIG });
    if (!this.#staged.blobs.has(config.digest)) {
      await this.#staged.putBlob(bytesSource(bytes, config.digest));
    }
    const diffIds = parseConfig(bytes, "the new config").rootfs.diff_ids;
    const kind = await this.#client.kind(signal);
    const known = await this.#countKnown(diffIds, layers, signal);
    // Layers of its own images that lie on others now: they cannot be left out.
    await this.#borrow(layers.slice(known));
    const target = this.#nameOf([...this.#staged.tags.keys()].at(-1) ?? "latest");
    // The probe is not needed any more. Removing it takes an engine as long as a load, so that both are done at the same time.
    const closed = this.#session.closeProbe();
    let loaded = known === 0
      ? undefined
      : await this.#tryLacking(kind, layers.slice(0, known), target, signal);
    if (loaded === undefined) {
      await this.#borrow(layers.slice(0, known));
      await this.#load(kind, [], signal);
      loaded = await this.#client.image(target, signal);
    }
    if (loaded === undefined) {
      throw new EngineError(`Cannot find "${target}" in the engine after it was loaded`);
    }
    await closed;
    await this.dispose();
    return imageId(loaded);
  }

  async dispose(): Promise<void> {
    await Promise.all([this.#staged.dispose(), this.#session.dispose()]);
  }

  /** Gives an image that the engine has already its new names. */
  async #tag(image: string, signal: AbortSignal | undefined): Promise<Digest | undefined> {
    const { registry, repository } = this.#reference;
    const name = formatFamiliarReference({ registry, repository });
    for (const tag of this.#staged.tags.keys()) await this.#client.tag(image, name, tag, signal);
    const tagged = await this.#client.image(image, signal);
    return tagged && imageId(tagged);
  }

  #nameOf(reference: string): string {
    const { tag: _tag, digest: _digest, ...place } = this.#reference;
    return isDigest(reference)
      ? reference
      : formatFamiliarReference({ ...place, tag: reference || "latest" });
  }

  /** The number of layers, counted from the base up, that the engine has already. */
  async #countKnown(
    diffIds: readonly Digest[],
    layers: readonly Descriptor[],
    signal: AbortSignal | undefined,
  ): Promise<number> {
    // Layers above the last one that comes from elsewhere need not be compared.
    const wanted = layers.findLastIndex(({ digest }) => {
      const blob = this.#staged.blobs.get(digest);
      return blob === undefined || blob.isElsewhere;
    }) + 1;
    let most = Math.max(
      0,
      ...this.#session.images.map((read) => commonLength(read.layers, diffIds)),
    );
    if (most >= wanted) return wanted;
    const images = await this.#client.images(signal);
    for (const { Id: id } of images.slice(0, MOST_COMPARED)) {
      if (typeof id !== "string") continue;
      const image = await this.#client.image(id, signal);
      most = Math.max(most, image === undefined ? 0 : commonLength(layersOf(image), diffIds));
      if (most >= wanted) return wanted;
    }
    return most;
  }

  /** Loads the image without some layers; undefined if the engine needs them after all. */
  async #tryLacking(
    kind: EngineKind,
    known: readonly Descriptor[],
    target: string,
    signal: AbortSignal | undefined,
  ): Promise<JsonObject | undefined> {
    try {
      await this.#load(kind, known, signal);
    } catch (error) {
      if (error instanceof EngineError) return undefined;
      throw error;
    }
    // containerd's store reports success even if parts of an image are missing; asking for the image shows it.
    const image = await this.#client.image(
      target,
      signal,
      kind === "containerd" ? "?manifests=1" : "",
    );
    const { Manifests: manifests } = image ?? {};
    const lacks = Array.isArray(manifests) &&
      manifests.some((entry) => isJsonObject(entry) && entry["Available"] === false);
    return lacks ? undefined : image;
  }

  async #load(
    kind: EngineKind,
    leftOut: readonly Descriptor[],
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const left = new Set(leftOut.map(({ digest }) => digest));
    const options = {
      name: this.name,
      repository: this.#reference,
      isForEngine: true,
      isLeftOut: ({ digest }: Descriptor) => left.has(digest),
    };
    const entries = kind === "classic" || kind === "podman" && left.size === 0
      ? dockerArchiveEntries(this.#staged, options)
      : ociArchiveEntries(this.#staged, options);
    await this.#client.load(writeTar(entries), signal);
  }

  /** Stages the layers that the engine itself has, for an archive with all layers. */
  async #borrow(layers: readonly Descriptor[]): Promise<void> {
    for (const layer of layers) {
      if (this.#staged.blobs.has(layer.digest)) continue;
      await this.#staged.putBlob({ replayable: false, open: () => this.getBlob(layer) });
    }
  }
}

function commonLength(some: readonly Digest[], others: readonly Digest[]): number {
  const differing = some.findIndex((digest, at) => digest !== others[at]);
  return Math.min(differing < 0 ? some.length : differing, others.length);
}
