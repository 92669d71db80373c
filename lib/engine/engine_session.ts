/** What one run of a verb knows of an engine: shared by the image that is read there and the one that goes there. */

import { once } from "../base/once.ts";
import { openArchiveSource } from "../archive/archive_repository.ts";
import type { Bytes } from "../base/bytes.ts";
import type { Document } from "../oci/blob_reference.ts";
import { type Digest, digestOf } from "../oci/digest.ts";
import { makeDocument, parseDocument } from "../oci/document.ts";
import { formatJson, type JsonObject } from "../oci/json.ts";
import { configMediaType, layerMediaType, manifestMediaType } from "../oci/media_type.ts";
import { NotFoundError } from "../storage/not_found_error.ts";
import type { Repository } from "../storage/repository.ts";
import { EngineClient } from "./engine_client.ts";
import { engineConfig, imageId, largestExport, layersOf, storedManifest } from "./engine_config.ts";
import type { FindEngine } from "./engine_connection.ts";
import { ProbeContainer } from "./probe_container.ts";
import { StoredBlobs, type StoredBlobsOptions } from "./stored_blobs.ts";

/** Options of {@linkcode EngineSession}. */
export interface EngineSessionOptions extends StoredBlobsOptions {
  readonly find: FindEngine;
  /** Milliseconds that a short answer may take. @default {60000} */
  readonly timeout?: number | undefined;
}

/** An engine, and what was read of its images. */
export class EngineSession {
  readonly client: EngineClient;
  readonly options: EngineSessionOptions;
  /** Whether an image goes there, so that one that is read there need not move. */
  isTarget = false;
  /** Digests of the uncompressed layers of the image that was read, from the base up. */
  known: readonly Digest[] = [];
  /** Configs that were put together. */
  readonly configs: Map<Digest, Bytes> = new Map();
  /** The image that was read last, by whose export layers are had. */
  #read: string | undefined;
  #probe: ProbeContainer | undefined;
  readonly #blobs: StoredBlobs;
  /** Bytes of its export, at most. */
  #largest = 0;
  readonly #documents = new Map<string, Promise<Document>>();
  readonly #exports = new Map<string, Repository>();

  constructor(options: EngineSessionOptions) {
    this.options = options;
    this.client = new EngineClient(options);
    this.#blobs = new StoredBlobs(this.client, options);
  }

  /**
   * Reads an image.
   *
   * @param withLayers Whether its layers are to go elsewhere.
   * @throws {NotFoundError} if it is not there.
   */
  manifest(
    name: string,
    withLayers: boolean,
    signal: AbortSignal | undefined,
  ): Promise<Document> {
    return once(this.#documents, `${withLayers} ${name}`, async () => {
      const [image] = await Promise.all([
        this.client.image(name, signal),
        this.isTarget ? this.client.ping(signal) : undefined,
      ]);
      if (image === undefined) {
        throw new NotFoundError(`Cannot find "${name}" in the engine: there is no such image`);
      }
      this.#read = name;
      this.known = layersOf(image);
      this.#largest = largestExport(image);
      const id = imageId(image);
      const document = await this.#document(name, image, withLayers, signal);
      return id === undefined ? document : { ...document, imageId: id };
    });
  }

  async #document(
    name: string,
    image: JsonObject,
    withLayers: boolean,
    signal: AbortSignal | undefined,
  ): Promise<Document> {
    if (withLayers && !this.isTarget) return await this.#export(name).getManifest("", { signal });
    const kind = this.isTarget ? await this.client.kind(signal, image) : undefined;
    // What its store calls the layers, the engine does not tell.
    if (kind === "containerd") {
      return await this.#stored(name, signal) ??
        await this.#export(name).getManifest("", { signal });
    }
    const config = formatJson(engineConfig(image, await this.client.history(name, signal)));
    const digest = await digestOf(config);
    this.configs.set(digest, config);
    return await this.#make({ digest, size: config.length });
  }

  /** The name of the image that was read, if that config is its own. */
  sameAs(config: Digest): string | undefined {
    return this.configs.has(config) ? this.#read : undefined;
  }

  /** The image that was read last, as the engine exports it; undefined where none was. */
  async exported(signal: AbortSignal | undefined): Promise<Repository | undefined> {
    if (this.#read === undefined) return undefined;
    const exported = this.#export(this.#read);
    await exported.getManifest("", { signal });
    return exported;
  }

  /** A container of the image that was read last, which tells of its files. */
  get probe(): ProbeContainer {
    if (this.#read === undefined) throw new TypeError("Cannot ask an image that was not read");
    return this.#probe ??= new ProbeContainer(this.client, this.#read);
  }

  /** Takes away what was made to ask; it never fails. */
  async closeProbe(): Promise<void> {
    await this.#probe?.dispose();
  }

  /** Frees what was exported, and takes away what was made to ask. */
  async dispose(): Promise<void> {
    const disposals = [...this.#exports.values()].map((exported) => exported.dispose?.());
    await Promise.all([...disposals, this.closeProbe()]);
  }

  /** The image's own manifest, with its config, as they lie in containerd's store. */
  async #stored(name: string, signal: AbortSignal | undefined): Promise<Document | undefined> {
    const image = await this.client.image(name, signal, "?manifests=1");
    const descriptor = image && storedManifest(image);
    const bytes = descriptor && await this.#blobs.read(descriptor, signal);
    if (bytes === undefined || descriptor === undefined) return undefined;
    const document = { bytes, mediaType: descriptor.mediaType, digest: descriptor.digest };
    const parsed = parseDocument(document);
    if (parsed.kind !== "manifest") return undefined;
    const config = await this.#blobs.read(parsed.manifest.config, signal);
    if (config === undefined) return undefined;
    this.configs.set(parsed.manifest.config.digest, config);
    return document;
  }

  /** A manifest of what the engine tells. It does not tell how large layers are. */
  async #make(
    config: { readonly digest: Digest; readonly size: number },
  ): Promise<Document> {
    return await makeDocument({
      schemaVersion: 2,
      config: { mediaType: configMediaType("oci"), ...config },
      layers: this.known.map((digest) => ({
        mediaType: layerMediaType("oci", "none"),
        digest,
        size: 0,
      })),
    }, manifestMediaType("oci"));
  }

  /** Read once, when it is first asked for something, and kept. */
  #export(name: string): Repository {
    let exported = this.#exports.get(name);
    if (exported === undefined) {
      exported = openArchiveSource({ kind: "docker-archive", path: name }, {
        ...this.options,
        largest: this.#largest,
        files: {
          open: (_path, signal) => Promise.resolve(this.client.save(name, signal)),
          create: () => Promise.reject(new TypeError(`Cannot write to "${name}"`)),
        },
      });
      this.#exports.set(name, exported);
    }
    return exported;
  }
}
