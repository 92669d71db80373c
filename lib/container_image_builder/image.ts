/** Builds an image step by step, as `container-image-builder` did. */

import { checkOptions } from "../base/check_options.ts";
import { expectLater } from "../base/expect_later.ts";
import { runTasks, type TaskGroup } from "../base/task_group.ts";
import type { LayerInput, OpenableInput } from "../layer/layer_input.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { parseDigest } from "../oci/digest.ts";
import { type Location, locationNames, parseLocation, withoutDigest } from "../storage/location.ts";
import { familyOf, layerMediaType } from "../oci/media_type.ts";
import { parsePlatform, type Platform } from "../oci/platform.ts";
import { authCredentials } from "./auth.ts";
import { type CopyContext, createCopyContext } from "../image/transfer/copy_context.ts";
import { ImageClients } from "./image_clients.ts";
import { type ImageLocation, toLocation } from "./image_location.ts";
import {
  type ContainerSettings,
  type ImageData,
  type Layer,
  pushLayer,
  removeLayer,
} from "./image_data.ts";
import {
  imageOptionNames,
  type ImageOptions,
  saveOptionNames,
  type SaveOptions,
  SYNC_OPTIONS,
  type SyncOptions,
} from "./image_options.ts";
import { loadImageData } from "./load_image_data.ts";
import { toNativeBytes } from "../host/native_types.ts";
import { packFiles, type PackOptions, type PackPaths } from "./pack_files.ts";
import type { RegistryClient, UploadedManifest } from "./registry_client.ts";
import { requireTags, saveImage } from "./save_image.ts";
import type { StoredLayer } from "../image/update/stored_layer.ts";
import { storeLayer } from "../image/update/store_layer.ts";

/** Descriptor of a layer that was added. */
export interface AddedLayer {
  /** Media type of the layer. */
  readonly mediaType: string;
  /** Digest of the *compressed* layer. */
  readonly digest: string;
  /** Size of the compressed layer in bytes. */
  readonly size: number;
  /** URLs of a foreign layer. */
  readonly urls?: string[];
  /** Digest of the *uncompressed* layer. */
  readonly uncompressedDigest: string;
}

/**
 * An image that is changed and saved under another name.
 *
 * @example
 * ```ts
 * import { Image } from "@x/appendlayer/container-image-builder";
 *
 * // Elsewhere: new Image("node:lts-slim", "ghcr.io/acme/site").
 * const image = new Image("scratch", "oci:builder");
 * await image.addFiles({ "/srv/site": "./site" });
 * image.WorkingDir = "/srv/site";
 * image.Cmd = ["node", "index.js"];
 * const { digest } = await image.save();
 * ```
 */
export class Image {
  /** New working directory, if set. */
  WorkingDir?: string;
  /** New command, if set. */
  Cmd?: string[];
  /** Variables to add, as `NAME=VALUE`; they replace variables of the same name. */
  Env?: string[];

  readonly #base: Location;
  readonly #target: Location;
  readonly #options: ImageOptions;
  readonly #platform: Platform | undefined;
  readonly #clients: ImageClients;
  #data: Promise<ImageData> | undefined;
  /** The base's layers, kept apart from the manifest, which callers may change. */
  #baseLayers: readonly Layer[] = [];
  #synced: Promise<boolean[]> | undefined;
  /** Resolves, never rejects, when all layers so far are listed: this keeps them in the order of the calls. */
  #listed: Promise<unknown> = Promise.resolve();
  /** All layers that were added, including those that failed. */
  readonly #added: Promise<unknown>[] = [];
  #layerCount = 0;

  /**
   * Starts from a base.
   *
   * @param base A reference, `oci:DIR[:TAG]` or `scratch`.
   * @param target Where the image is saved. @default the base's own location
   * @throws {SyntaxError} if a location or platform cannot be parsed.
   */
  constructor(base: string, target?: string | ImageOptions, options?: ImageOptions) {
    this.#options = (typeof target === "string" ? options : target ?? options) ?? {};
    checkOptions(this.#options, imageOptionNames(), "Image()");
    this.#base = parseLocation(base);
    this.#target = withoutDigest(typeof target === "string" ? parseLocation(target) : this.#base);
    const { auth = {}, platform, ...access } = this.#options;
    this.#platform = platform === undefined ? undefined : parsePlatform(platform);
    const credentials = authCredentials(auth, access);
    this.#clients = new ImageClients(
      { ...access, credentials },
      this.#platform ?? { os: "linux", architecture: "amd64" },
    );
  }

  /** The settings of containers in the config. Changes to them are saved. */
  async getImageConfig(): Promise<ContainerSettings> {
    return (await this.getImageData()).config.config;
  }

  /** The manifest and the config. Changes to them are saved. */
  getImageData(): Promise<ImageData> {
    return this.#data ??= this.#load();
  }

  /**
   * Reads the manifest and the config of an image. Changes to them are not saved.
   *
   * @param image The base if left out.
   */
  async loadImageData(image?: string | ImageLocation): Promise<ImageData> {
    const location = image === undefined ? this.#base : toLocation(image);
    const client = await this.client(image);
    const blobs = await this.#clients.repository(location, "pull");
    const source = { client, blobs, options: { signal: this.#options.signal } };
    return await loadImageData(source, location, this.#platform);
  }

  /**
   * The client for the repository of an image. Each repository has one client.
   *
   * @param image The base if left out.
   * @param write Changes nothing: the right to write is requested when it is needed.
   */
  client(image?: string | ImageLocation, write?: boolean): Promise<RegistryClient>;
  // A promise, as in `container-image-builder`, which waits for credentials here.
  async client(image?: string | ImageLocation): Promise<RegistryClient> {
    const location = image === undefined ? this.#base : toLocation(image);
    return await Promise.resolve(this.#clients.client(location));
  }

  /**
   * Packs files into one layer and uploads it; {@linkcode Image.save} waits for that. Layers are in the order of the calls.
   *
   * @param paths Local paths and custom files by their path in the image, or one local path.
   * @param target The path in the image of the one local path, by default the same; or the options.
   * @throws {TypeError} if both an object and a target are given.
   */
  addFiles(
    paths: PackPaths,
    target?: string | PackOptions,
    options?: PackOptions,
  ): Promise<AddedLayer> {
    if (typeof target === "string" && typeof paths !== "string") {
      throw new TypeError(`Cannot add files to "${target}": the object's keys say where they go`);
    }
    const packOptions = (typeof target === "string" ? options : target ?? options) ?? {};
    const placed = typeof target === "string" ? { [target]: paths as string } : paths;
    let packed: OpenableInput;
    try {
      packed = packFiles(placed, packOptions, this.#options.host);
    } catch (error) {
      // The promise rejects, as for any other failure, and `save` refuses to write the image without the layer.
      return this.#inOrder(() => Promise.reject(error));
    }
    const stored = expectLater(this.#store(
      packed.replayable ? () => packed.open() : packed.open(),
      this.#layerCount++,
    ));
    return this.#inOrder(async () => {
      const { digest, diffId, size } = await stored;
      return await this.#list(digest, diffId, size);
    });
  }

  /**
   * Adds a layer that is already in the target, or at its urls.
   *
   * @param digest Digest of the *compressed* layer.
   * @param uncompressedDigest Digest of the *uncompressed* layer.
   * @param size Size of the compressed layer in bytes.
   * @throws {SyntaxError} if a digest is invalid.
   */
  addLayer(
    digest: string,
    uncompressedDigest: string,
    size: number,
    urls?: string[],
  ): Promise<AddedLayer> {
    return this.#inOrder(() => this.#list(digest, uncompressedDigest, size, urls));
  }

  /**
   * Removes a layer from manifest, config and history.
   *
   * @param digest Digest of the *compressed* layer.
   * @returns false if there is no such layer.
   */
  async removeLayer(digest: string): Promise<boolean> {
    return removeLayer(await this.getImageData(), digest);
  }

  /** Copies the base's layers into the target, once; {@linkcode Image.save} does it if this was not called. */
  async sync(options: SyncOptions = {}): Promise<boolean[]> {
    checkOptions(options, SYNC_OPTIONS, "sync()");
    return await this.#sync(options);
  }

  #sync(options: SyncOptions): Promise<boolean[]> {
    this.#synced ??= this.#copyBase(options).catch((error) => {
      this.#synced = undefined;
      throw error;
    });
    return this.#synced;
  }

  /**
   * Writes the image. Its tags are written last, so that a failure at any point leaves them as they were.
   *
   * @param tags By default the target's tag, or `latest`.
   * @throws the error of this call or of an earlier `addFiles`: without that layer the image is never written.
   */
  async save(tags?: readonly string[], options: SaveOptions = {}): Promise<UploadedManifest> {
    checkOptions(options, saveOptionNames(), "save()");
    if (this.#target.kind === "scratch") {
      throw new TypeError('Cannot save to "scratch": it is the empty image, and only a base');
    }
    const { tag = "latest" } = locationNames(this.#target);
    const names = (tags ?? [tag]).filter((name) => name !== "");
    // The name in the target is not checked: in a layout it may be a whole reference.
    if (tags !== undefined) requireTags(names);
    await Promise.all([...this.#added, this.#sync(options)]);

    const saved = await runTasks(this.#options.signal, async (group) => {
      const { Cmd = this.Cmd, Env = this.Env, WorkingDir = this.WorkingDir } = options;
      const { created = new Date() } = this.#options;
      const settings = { Cmd, Env, WorkingDir, created };
      const digest = await saveImage(
        await this.getImageData(),
        names,
        settings,
        await this.#copyContext(group),
      );
      return { status: 201, digest, body: toNativeBytes(new Uint8Array()) };
    });
    await (await this.#clients.access()).settle();
    return saved;
  }

  async #load(): Promise<ImageData> {
    try {
      const data = await this.loadImageData();
      this.#baseLayers = [...data.manifest.layers];
      return data;
    } catch (error) {
      this.#data = undefined;
      throw error;
    }
  }

  async #store(input: LayerInput, index: number): Promise<StoredLayer> {
    const repository = await this.#clients.repository(this.#target, "push");
    const access = await this.#clients.access();
    const limit = await this.#clients.limit();
    const { signal, onProgress } = this.#options;
    return await limit(() =>
      runTasks(
        signal,
        (group) => storeLayer(input, { repository, access, group, index, onProgress }),
      )
    );
  }

  #inOrder<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#listed.then(task);
    this.#listed = result.catch(() => {});
    this.#added.push(result);
    return result;
  }

  async #list(
    digest: string,
    uncompressedDigest: string,
    size: number,
    urls?: string[],
  ): Promise<AddedLayer> {
    const data = await this.getImageData();
    const mediaType = layerMediaType(familyOf(data.manifest.mediaType), "gzip");
    const layer = {
      mediaType,
      digest: parseDigest(digest),
      size,
      ...(urls === undefined ? {} : { urls }),
    };
    const created = this.#options.created ?? new Date();
    pushLayer(data, { ...layer }, parseDigest(uncompressedDigest), created);
    return { ...layer, uncompressedDigest };
  }

  async #copyBase(
    { copyRemoteLayers = true, ignoreExists = false }: SyncOptions,
  ): Promise<boolean[]> {
    await this.getImageData();
    const layers = this.#baseLayers.filter(({ urls }) => copyRemoteLayers || urls === undefined);
    return await runTasks(this.#options.signal, async (group) => {
      const { copier } = await this.#copyContext(group, ignoreExists);
      await Promise.all(layers.map((layer) => group.start(() => copier.copy(layer as Descriptor))));
      return layers.map(() => true);
    });
  }

  async #copyContext(group: TaskGroup, force = false): Promise<CopyContext> {
    const target = await this.#clients.repository(this.#target, "push");
    const source = await this.#clients.repository(this.#base, "pull");
    const limit = await this.#clients.limit();
    const { onProgress } = this.#options;
    return createCopyContext({ source, target, group, limit, force, onProgress });
  }
}
