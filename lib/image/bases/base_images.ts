/** Reads the selected images of a base, each document once. */

import { once } from "../../base/once.ts";
import type { TaskGroup } from "../../base/task_group.ts";
import type { Document } from "../../oci/blob_reference.ts";
import { configPlatform, type ImageConfig } from "../../oci/config.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import type { Digest } from "../../oci/digest.ts";
import { parseDocument } from "../../oci/document.ts";
import { mayHoldImages } from "../../oci/image_index.ts";
import { isImageManifest, type Manifest } from "../../oci/manifest.ts";
import type { Platform } from "../../oci/platform.ts";
import type { CacheStore } from "../../storage/cache_store.ts";
import type { ManifestFetcher, Repository, RepositoryOptions } from "../../storage/repository.ts";
import { type IndexWalk, walkDocuments } from "../index/index_walk.ts";
import type { Selection } from "../index/select_images.ts";
import { readConfig, recallConfig } from "./read_config.ts";

/** Bytes of documents that are kept in memory; further ones are read again when needed. */
const KEPT_BYTES = 16 * 1024 * 1024;

/** One image of a base. */
export interface BaseImage {
  /** Platform of its index entry, or else of its config. */
  readonly platform: Platform | undefined;
  /** Lists the layers below the new ones. */
  readonly manifest: Manifest;
  readonly config: ImageConfig;
  /** Layers of the image above the new ones. @default none */
  readonly above?: readonly Descriptor[] | undefined;
  /** Whether the uppermost layer of `manifest` has the same name as the new ones. @default {false} */
  readonly keepsNamed?: boolean | undefined;
}

/** Options of {@linkcode BaseImages}. */
export interface BaseImagesOptions {
  readonly source: Repository;
  readonly group: TaskGroup;
  /** Caches configs from run to run. @default they are not cached */
  readonly cache?: CacheStore | undefined;
}

/** The selected images of a base. */
export class BaseImages {
  readonly #selection: Promise<Selection>;
  readonly #options: BaseImagesOptions;
  readonly #configs = new Map<Digest, Promise<ImageConfig>>();
  readonly #documents = new Map<string, Promise<Document>>();
  #kept = 0;
  #all: Promise<readonly BaseImage[]> | undefined;

  constructor(selection: Promise<Selection>, options: BaseImagesOptions) {
    this.#selection = selection;
    this.#options = options;
  }

  /** The selection, whose documents are read once. */
  async selection(): Promise<Selection> {
    const selection = await this.#selection;
    return { ...selection, documents: this.#remember(selection.documents) };
  }

  /** The config that a manifest names. */
  config(descriptor: Descriptor): Promise<ImageConfig> {
    const { source, group, cache } = this.#options;
    const read = (): Promise<ImageConfig> =>
      cache === undefined
        ? readConfig(source, descriptor, group.signal)
        : recallConfig(source, descriptor, { cache, group });
    return once(this.#configs, descriptor.digest, read);
  }

  /**
   * All images; one that is listed several times is given as often.
   *
   * @throws {SyntaxError} if a document is invalid.
   * @throws {RangeError} if indexes list too much or are nested too deep.
   */
  all(): Promise<readonly BaseImage[]> {
    this.#all ??= this.#readAll();
    return this.#all;
  }

  async #readAll(): Promise<readonly BaseImage[]> {
    const { document, documents, entry } = await this.selection();
    const walk = walkDocuments(documents, this.#options.group.signal);
    return await this.#read(document, { walk, platform: entry?.platform });
  }

  async #read(
    document: Document,
    { walk, platform }: { readonly walk: IndexWalk; readonly platform: Platform | undefined },
  ): Promise<readonly BaseImage[]> {
    const parsed = parseDocument(document);
    if (parsed.kind === "manifest") {
      const { manifest } = parsed;
      if (!isImageManifest(manifest)) return [];
      const config = await this.config(manifest.config);
      return [{ platform: platform ?? configPlatform(config), manifest, config }];
    }
    const below = walk.into(parsed.index);
    const entries = parsed.index.manifests.filter(mayHoldImages);
    const images = await Promise.all(
      entries.map(async (entry) =>
        await this.#read(await below.read(entry), { walk: below, platform: entry.platform })
      ),
    );
    return images.flat();
  }

  #remember(documents: ManifestFetcher): ManifestFetcher {
    const read = async (reference: string, options?: RepositoryOptions): Promise<Document> => {
      const document = await documents.getManifest(reference, options);
      this.#kept += document.bytes.length;
      return document;
    };
    return {
      name: documents.name,
      getManifest: (reference, options) =>
        this.#kept > KEPT_BYTES
          ? documents.getManifest(reference, options)
          : once(this.#documents, reference, () => read(reference, options)),
    };
  }
}
