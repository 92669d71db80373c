/**
 * Manifests and configs out of containerd's store. No request of the Engine API gives one, and an export has whole layers before them. But
 * an archive may name what the store has: an image that is made of nothing else is handed over, exported, and taken away again.
 */

import { blobPath, ociArchiveEntries } from "../archive/archive_entries.ts";
import { ArchiveMembers } from "../archive/archive_members.ts";
import type { ArchiveOptions } from "../archive/archive_options.ts";
import { StagedImages } from "../archive/staged_images.ts";
import { type Bytes, type ByteStream, oneChunk } from "../base/bytes.ts";
import { collectBytes } from "../base/collect.ts";
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
/** Bytes of a blob that are read. */
const LARGEST_BLOB = 16 * 1024 * 1024;
/** Bytes of what is exported with it: its archive, manifest and config. */
const LARGEST_REST = 1024 * 1024;

/** Options of {@linkcode StoredBlobs}. */
export interface StoredBlobsOptions extends Omit<ArchiveOptions, "files"> {
  /** What was read in earlier runs. */
  readonly cache?: CacheStore | undefined;
}

/** Reads small blobs of containerd's store, and remembers them from run to run. */
export class StoredBlobs {
  readonly #client: EngineClient;
  readonly #options: StoredBlobsOptions;

  constructor(client: EngineClient, options: StoredBlobsOptions) {
    this.#client = client;
    this.#options = options;
  }

  /** The bytes of a blob, checked; undefined where the store does not give it. */
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
    // Each run has an image of its own, so that none takes away another's.
    const config = formatJson({ author: `appendlayer ${crypto.randomUUID()}` });
    const { digest: configDigest } = await staged.putBlob(bytesSource(config));
    const image = await makeDocument({
      schemaVersion: 2,
      config: { mediaType: configMediaType("oci"), digest: configDigest, size: config.length },
      // What a manifest calls a layer is exported with it, and not looked into.
      layers: [{ mediaType: layerMediaType("oci", "none"), digest, size }],
    }, manifestMediaType("oci"));
    await staged.putManifest("", image);
    try {
      // Not part of what is aborted: what comes to be is taken away.
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
      // It may never have come to be.
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
