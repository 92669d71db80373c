/** Reads manifests from what `docker save` writes. Only Docker 25 and later store them; else they are made of configs and layers. */

import type { Bytes, ByteStream } from "../base/bytes.ts";
import type { CreateHasher } from "../base/hash/hasher.ts";
import { encodeHex } from "../base/hex.ts";
import { printable } from "../base/printable.ts";
import { formatOf } from "../layer/compression/sniff.ts";
import { blobPath } from "../layout/layout_files.ts";
import { type LayoutIndex, parseLayoutIndex } from "../layout/layout_index.ts";
import type { BlobReference, Document } from "../oci/blob_reference.ts";
import { type ImageConfig, parseConfig } from "../oci/config.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { type Digest, digestOf } from "../oci/digest.ts";
import { makeDocument, parseDocument } from "../oci/document.ts";
import {
  configMediaType,
  type LayerCompression,
  layerMediaType,
  manifestMediaType,
} from "../oci/media_type.ts";
import type { Reference } from "../oci/reference.ts";
import { ByteBudget } from "../storage/byte_budget.ts";
import { NotFoundError } from "../storage/not_found_error.ts";
import { verifyBytes } from "../storage/verify.ts";
import type { ArchiveMembers, Place } from "./archive_members.ts";
import { type DockerImage, hasName, parseDockerManifest } from "./docker_manifest.ts";

/** The most bytes of a list of images or a config, and of a manifest. */
const LARGEST_LIST = 16 * 1024 * 1024;
const LARGEST_MANIFEST = 4 * 1024 * 1024;
/** Bytes at a layer's start that tell how it is compressed. */
const MAGIC_SIZE = 16;
/** The most bytes of JSON that are read of one archive. Searching most archives needs few. */
const MOST_JSON = 256 * 1024 * 1024;
/** The deepest nesting of indexes that is searched, and the most entries of all of them. */
const DEEPEST = 3;
const MOST_ENTRIES = 5_000;
/** Paths with a digest, which is checked when the file is read: those of layouts, and of go-containerregistry. */
const BY_DIGEST = /^(?:blobs\/sha256\/([0-9a-f]{64})|([0-9a-f]{64})\.tar\.gz)$/;

/** A Docker archive. */
export class DockerArchive {
  readonly #members: ArchiveMembers;
  /** What messages call it. */
  readonly name: string;
  readonly #createHasher: CreateHasher;
  /** Configs and layers, by digest, of the images that were read. */
  readonly #blobs = new Map<Digest, Place>();
  readonly #documents = new Map<DockerImage, Promise<Document>>();
  readonly #budget = new ByteBudget(MOST_JSON);
  #images: Promise<readonly DockerImage[]> | undefined;

  /** @param name What messages call the archive. */
  constructor(members: ArchiveMembers, name: string, createHasher: CreateHasher) {
    this.#members = members;
    this.name = name;
    this.#createHasher = createHasher;
  }

  /**
   * Finds an image and reads its manifest, or makes one if the archive has none.
   *
   * @param wanted A name, the digest of a config or manifest, or undefined for the only image.
   * @throws {NotFoundError} if there is no such image.
   * @throws {RangeError} if there are several such images.
   */
  async manifest(wanted: Reference | Digest | undefined): Promise<Document> {
    const images = await this.#list();
    if (typeof wanted === "string") {
      for (const image of images) {
        const document = await this.#document(image);
        const parsed = parseDocument(document);
        const config = parsed.kind === "manifest" ? parsed.manifest.config.digest : undefined;
        if (document.digest === wanted || config === wanted) return document;
      }
      throw new NotFoundError(`Cannot find "${wanted}" in "${this.name}": ${describe(images)}`);
    }
    const found = wanted === undefined ? images : images.filter((one) => hasName(one, wanted));
    const [image, ...others] = found;
    if (image === undefined) {
      throw new NotFoundError(`Cannot find the image in "${this.name}": ${describe(images)}`);
    }
    if (others.some(({ config }) => config !== image.config)) {
      throw new RangeError(
        `Cannot choose an image of "${this.name}": name one; ${describe(images)}`,
      );
    }
    return await this.#document(image);
  }

  /** The unchecked bytes of a config or layer of a manifest that was read; undefined for any other blob. */
  blob({ digest }: Pick<BlobReference, "digest">): ByteStream | undefined {
    const place = this.#blobs.get(digest);
    return place && this.#members.open(place);
  }

  #list(): Promise<readonly DockerImage[]> {
    return this.#images ??= this.#readList();
  }

  async #readList(): Promise<readonly DockerImage[]> {
    const place = this.#require("manifest.json");
    const bytes = await this.#bytes(place, "manifest.json", LARGEST_LIST);
    return parseDockerManifest(bytes, `"manifest.json" of "${this.name}"`);
  }

  #document(image: DockerImage): Promise<Document> {
    let document = this.#documents.get(image);
    if (document === undefined) {
      document = this.#read(image);
      this.#documents.set(image, document);
    }
    return document;
  }

  async #read(image: DockerImage): Promise<Document> {
    const place = this.#require(image.config);
    const bytes = await this.#bytes(place, image.config, LARGEST_LIST);
    const config = parseConfig(bytes, `"${image.config}" of "${this.name}"`);
    const digest = await digestOf(bytes);
    this.#blobs.set(digest, place);
    return await this.#original(digest) ?? await this.#make(image, { config, digest, place });
  }

  /** Finds the stored manifest of a config, if the archive has it and all layers that it names. */
  async #original(config: Digest): Promise<Document | undefined> {
    const place = this.#members.find("index.json");
    if (place === undefined) return undefined;
    const bytes = await this.#bytes(place, "index.json", LARGEST_LIST);
    let index: LayoutIndex;
    try {
      index = parseLayoutIndex(bytes, "it");
    } catch {
      // An invalid `index.json` is ignored: what counts is `manifest.json`, which Docker itself reads.
      return undefined;
    }
    const seen = { entries: 0 };
    return await this.#search(index.manifests, { config, seen, depth: 0 });
  }

  async #search(
    entries: readonly Descriptor[],
    search: {
      readonly config: Digest;
      readonly seen: { entries: number };
      readonly depth: number;
    },
  ): Promise<Document | undefined> {
    for (const entry of entries) {
      if (++search.seen.entries > MOST_ENTRIES) return undefined;
      const document = await this.#stored(entry);
      if (document === undefined) continue;
      const parsed = parseDocument(document);
      if (parsed.kind === "index") {
        if (search.depth === DEEPEST) continue;
        const below = { ...search, depth: search.depth + 1 };
        const found = await this.#search(parsed.index.manifests, below);
        if (found !== undefined) return found;
      } else if (parsed.manifest.config.digest === search.config) {
        const places = parsed.manifest.layers.map((layer) => this.#placeOf(layer));
        if (!places.every((place) => place !== undefined)) continue;
        parsed.manifest.layers.forEach(({ digest }, at) => {
          const place = places[at];
          if (place !== undefined) this.#blobs.set(digest, place);
        });
        return document;
      }
    }
    return undefined;
  }

  async #stored({ digest, mediaType }: Descriptor): Promise<Document | undefined> {
    const path = blobPath(digest);
    const place = this.#members.find(path);
    if (place === undefined) return undefined;
    const bytes = await this.#bytes(place, path, LARGEST_MANIFEST);
    await verifyBytes(bytes, digest, `Cannot read "${path}" of "${this.name}"`);
    return { bytes, digest, mediaType };
  }

  #placeOf({ digest, size }: Descriptor): Place | undefined {
    const place = this.#members.find(blobPath(digest));
    return place?.size === size ? place : undefined;
  }

  async #make(
    image: DockerImage,
    { config, digest, place }: {
      readonly config: ImageConfig;
      readonly digest: Digest;
      readonly place: Place;
    },
  ): Promise<Document> {
    const diffIds = config.rootfs.diff_ids;
    if (diffIds.length !== image.layers.length) {
      throw new SyntaxError(
        `Cannot read "${this.name}": an image has ${image.layers.length} layers, and its config names ${diffIds.length}`,
      );
    }
    const layers: (Pick<Descriptor, "digest" | "size"> & { compression: LayerCompression })[] = [];
    for (const [at, path] of image.layers.entries()) {
      layers.push(await this.#describeLayer(path, diffIds[at] as Digest));
    }
    // Docker's media types have none for zstd.
    const family = layers.some(({ compression }) => compression === "zstd") ? "oci" : "docker";
    const mediaType = manifestMediaType(family);
    return await makeDocument({
      schemaVersion: 2,
      mediaType,
      config: { mediaType: configMediaType(family), digest, size: place.size },
      layers: layers.map(({ digest, size, compression }) => ({
        mediaType: layerMediaType(family, compression),
        digest,
        size,
      })),
    }, mediaType);
  }

  async #describeLayer(
    path: string,
    diffId: Digest,
  ): Promise<{ digest: Digest; size: number; compression: LayerCompression }> {
    const place = this.#require(path);
    const { offset, size } = place;
    const magic = await this.#members.bytes(
      { offset, size: Math.min(size, MAGIC_SIZE) },
      path,
      MAGIC_SIZE,
    );
    const format = formatOf(magic);
    const compression = format === "gzip" || format === "zstd" ? format : "none";
    // The digest of an uncompressed layer is its diffId, which the config names; it is checked when the layer is read.
    const digest = compression === "none" ? diffId : await this.#digestOf(path, place);
    this.#blobs.set(digest, place);
    return { digest, size, compression };
  }

  async #digestOf(path: string, place: Place): Promise<Digest> {
    const [, ofLayout, ofCrane] = BY_DIGEST.exec(path) ?? [];
    const known = ofLayout ?? ofCrane;
    if (known !== undefined) return `sha256:${known}`;
    const hasher = this.#createHasher();
    for await (const chunk of this.#members.open(place)) await hasher.update(chunk);
    return `sha256:${encodeHex(await hasher.digest())}`;
  }

  async #bytes(place: Place, path: string, limit: number): Promise<Bytes> {
    this.#budget.take(place.size, `"${this.name}"`);
    return await this.#members.bytes(place, path, limit);
  }

  #require(path: string): Place {
    const place = this.#members.find(path);
    if (place !== undefined) return place;
    throw new NotFoundError(
      `Cannot read "${this.name}": it has no ${JSON.stringify(printable(path, 200))}${
        path === "manifest.json" && this.#members.find("index.json") !== undefined
          ? ", but is an OCI archive: name it with oci-archive:"
          : ""
      }`,
    );
  }
}

function describe(images: readonly DockerImage[]): string {
  const names = images.flatMap((image) => image.names);
  const shown = names.length === 0 ? "" : `: ${printable(names.join(", "), 500)}`;
  return images.length === 1
    ? `it holds one image${shown}`
    : `it holds ${images.length} images${shown}`;
}
