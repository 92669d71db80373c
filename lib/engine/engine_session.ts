/** What one run of a verb knows of an engine, shared by the image that is read from it and the one that is written to it. */

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

/** An image that was read. */
export interface ReadImage {
  readonly name: string;
  /** Digest of the manifest that it was given as. */
  readonly manifest: Digest;
  /** Its diffIds, the base first. */
  readonly layers: readonly Digest[];
  /** The most bytes of its export. */
  readonly largest: number;
}

/** The config of an image. */
interface ReadConfig {
  readonly bytes: Bytes;
  /** The image's name. */
  readonly of: string;
}

/** An engine and what was read from it. */
export class EngineSession {
  readonly client: EngineClient;
  readonly options: EngineSessionOptions;
  /** Whether an image is written to the engine, so that layers that are read from it need not be sent. */
  isTarget = false;
  /** Configs by digest: from containerd's store, or built from the engine's answers. */
  readonly configs: Map<Digest, ReadConfig> = new Map();
  /** The images in the order in which they were read. */
  readonly images: ReadImage[] = [];
  readonly #probes = new Map<string, ProbeContainer>();
  readonly #blobs: StoredBlobs;
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
   * @param withLayers Whether its layers are copied elsewhere.
   * @throws {NotFoundError} if there is no such image.
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
      const read = { name, layers: layersOf(image), largest: largestExport(image) };
      const id = imageId(image);
      const found = await this.#document(read, image, withLayers, signal);
      this.images.push({ ...read, manifest: found.digest });
      const document = id === undefined ? found : { ...found, imageId: id };
      // The engine does not know it by that.
      this.#documents.set(`${withLayers} ${document.digest}`, Promise.resolve(document));
      return document;
    });
  }

  async #document(
    read: Omit<ReadImage, "manifest">,
    image: JsonObject,
    withLayers: boolean,
    signal: AbortSignal | undefined,
  ): Promise<Document> {
    const { name } = read;
    if (withLayers && !this.isTarget) return await this.#export(read).getManifest("", { signal });
    const kind = this.isTarget ? await this.client.kind(signal, image) : undefined;
    // The engine does not tell the digests of the stored layers.
    if (kind === "containerd") {
      return await this.#stored(name, signal) ??
        await this.#export(read).getManifest("", { signal });
    }
    const config = formatJson(engineConfig(image, await this.client.history(name, signal)));
    const digest = await digestOf(config);
    this.configs.set(digest, { bytes: config, of: name });
    return await this.#make(read.layers, { digest, size: config.length });
  }

  /** The export of the image, among those that were read, that has a layer. */
  async exportOf(layer: Digest, signal: AbortSignal | undefined): Promise<Repository | undefined> {
    const { images } = this;
    const likely = images.filter(({ layers }) => layers.includes(layer));
    for (const image of [...likely, ...images]) {
      const exported = this.#export(image);
      await exported.getManifest("", { signal });
      if (images.length === 1 || await exported.hasBlob(layer, { signal })) return exported;
    }
    return undefined;
  }

  /** A container of an image, which shows its files. */
  probe(name: string): ProbeContainer {
    const probe = this.#probes.get(name) ?? new ProbeContainer(this.client, name);
    this.#probes.set(name, probe);
    return probe;
  }

  /** Removes the containers of all probes. Never fails. */
  async closeProbe(): Promise<void> {
    await Promise.all([...this.#probes.values()].map((probe) => probe.dispose()));
  }

  /** Frees the exports, and removes the containers of all probes. */
  async dispose(): Promise<void> {
    const disposals = [...this.#exports.values()].map((exported) => exported.dispose?.());
    await Promise.all([...disposals, this.closeProbe()]);
  }

  /** The image's own manifest, with its config, from containerd's store. */
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
    this.configs.set(parsed.manifest.config.digest, { bytes: config, of: name });
    return document;
  }

  /** Builds a manifest from the engine's answers, which do not tell the sizes of layers. */
  async #make(
    layers: readonly Digest[],
    config: { readonly digest: Digest; readonly size: number },
  ): Promise<Document> {
    return await makeDocument({
      schemaVersion: 2,
      config: { mediaType: configMediaType("oci"), ...config },
      layers: layers.map((digest) => ({
        mediaType: layerMediaType("oci", "none"),
        digest,
        size: 0,
      })),
    }, manifestMediaType("oci"));
  }

  /** The export of an image, which is read once, with its first use, and kept. */
  #export({ name, largest }: Pick<ReadImage, "name" | "largest">): Repository {
    let exported = this.#exports.get(name);
    if (exported === undefined) {
      exported = openArchiveSource({ kind: "docker-archive", path: name }, {
        ...this.options,
        largest,
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
