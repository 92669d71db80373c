/**
 * Reads manifests and configs from containerd's store. No request of the Engine API returns them, and an export has whole layers before
 * them. But an archive may refer to blobs that the store has: an image whose only layer is the wanted blob is loaded, exported, and
 * removed again.
 */

import { ociArchiveEntries } from "../archive/archive_entries.ts";
import { ArchiveMembers } from "../archive/archive_members.ts";
import type { ArchiveOptions } from "../archive/archive_options.ts";
import { StagedImages } from "../archive/staged_images.ts";
import { type Bytes, type ByteStream, oneChunk } from "../base/bytes.ts";
import { collectBytes } from "../base/collect.ts";
import { blobPath } from "../layout/layout_files.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { digestOf } from "../oci/digest.ts";
import { makeDocument } from "../oci/document.ts";
import { formatJson } from "../oci/json.ts";
import { configMediaType, layerMediaType, manifestMediaType } from "../oci/media_type.ts";
import { bytesSource } from "../storage/blob_source.ts";
import { type CacheStore, getVerified } from "../storage/cache_store.ts";
import { writeTar } from "../tar/writer.ts";
import type { EngineClient } from "./engine_client.ts";
import { EngineError } from "./engine_error.ts";

/** Milliseconds that an engine has to load an image of three small files. */
const LOADING_TIMEOUT = 30_000;
/** The most bytes of a blob. */
const LARGEST_BLOB = 16 * 1024 * 1024;
/** The most bytes of what is exported besides the blob: headers, manifest and config. */
const LARGEST_REST = 1024 * 1024;

/** Options of {@linkcode StoredBlobs}. */
export interface StoredBlobsOptions extends Omit<ArchiveOptions, "files"> {
  /** Keeps blobs from run to run. */
  readonly cache?: CacheStore | undefined;
}

/** Reads small blobs from containerd's store, and keeps them from run to run. */
export class StoredBlobs {
  readonly #client: EngineClient;
  readonly #options: StoredBlobsOptions;

  constructor(client: EngineClient, options: StoredBlobsOptions) {
    this.#client = client;
    this.#options = options;
  }

  /** The checked bytes of a blob; undefined if the engine does not export it. */
  async read(blob: Descriptor, signal: AbortSignal | undefined): Promise<Bytes | undefined> {
    if (blob.size > LARGEST_BLOB) return undefined;
    const { cache } = this.#options;
    const name = `engine blob ${blob.digest}`;
    const known = await getVerified(cache, name, blob.digest);
    if (known !== undefined) return known;
    const bytes = await this.#export(blob, signal);
    if (bytes === undefined || await digestOf(bytes) !== blob.digest) return undefined;
    await cache?.put(name, oneChunk(bytes));
    return bytes;
  }

  async #export(
    { digest, size }: Descriptor,
    signal: AbortSignal | undefined,
  ): Promise<Bytes | undefined> {
    const staged = new StagedImages({ ...this.#options, name: "the engine" });
    // A random author makes an image of this run alone, so that no other run removes it.
    const config = formatJson({ author: `appendlayer ${crypto.randomUUID()}` });
    const { digest: configDigest } = await staged.putBlob(bytesSource(config));
    const image = await makeDocument({
      schemaVersion: 2,
      config: { mediaType: configMediaType("oci"), digest: configDigest, size: config.length },
      // The wanted blob as a layer: layers are exported without being parsed.
      layers: [{ mediaType: layerMediaType("oci", "none"), digest, size }],
    }, manifestMediaType("oci"));
    await staged.putManifest("", image);
    try {
      // Not aborted by the caller's signal, so that the image can be removed if it was created.
      const limit = AbortSignal.timeout(LOADING_TIMEOUT);
      await this.#client.load(writeTar(ociArchiveEntries(staged, {})), limit);
      const archive = await collectBytes(this.#client.save(image.digest, signal), {
        limit: size + LARGEST_REST,
        what: "what the engine exports",
      });
      const members = await ArchiveMembers.read(inMemory(archive), "what the engine exports");
      const path = blobPath(digest);
      const place = members.find(path);
      return place && await members.bytes(place, path, size);
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof EngineError) return undefined;
      throw error;
    } finally {
      // The image may not have been created.
      await this.#client.remove(`/images/${image.digest}`).catch(() => {});
    }
  }
}

function inMemory(bytes: Bytes): Parameters<typeof ArchiveMembers.read>[0] {
  return {
    size: bytes.length,
    async *read(start, end): ByteStream {
      yield await Promise.resolve(bytes.subarray(start, end));
    },
    close: () => Promise.resolve(),
  };
}
