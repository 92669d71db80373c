/** Finds layers that are in a repository already, with the diffIds that an image needs of them. */

import { oneChunk } from "../../base/bytes.ts";
import { encodeHex } from "../../base/hex.ts";
import { countBytes } from "../../base/count_bytes.ts";
import { sniff } from "../../layer/compression/sniff.ts";
import { unpack } from "../../layer/compression/unpack.ts";
import { LayerError } from "../../layer/layer_error.ts";
import { contradictionOf } from "../../oci/check_image.ts";
import { configPlatform, hasMatchingHistory } from "../../oci/config.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import { type Digest, isDigest } from "../../oci/digest.ts";
import { isJsonObject } from "../../oci/json.ts";
import { layerCompression, layerMediaType } from "../../oci/media_type.ts";
import { formatPlatform, type Platform } from "../../oci/platform.ts";
import {
  formatLocation,
  type ImageLocation,
  type Location,
  locationNames,
  locationReference,
} from "../../storage/location.ts";
import { type CacheStore, getBytes } from "../../storage/cache_store.ts";
import { TarScanner } from "../../tar/scanner.ts";
import type { Access } from "../access/access.ts";
import type { Progress } from "../access/transfer_progress.ts";
import type { CopyContext } from "../transfer/copy_context.ts";
import { type ImageFor, readImageFor } from "../bases/image_for.ts";
import { readOldBase } from "../bases/old_base.ts";
import type { StoredLayer } from "../update/stored_layer.ts";

/** A layer that is in a repository. */
export interface FoundLayer
  extends Pick<StoredLayer, "diffId" | "compression" | "annotations" | "createdBy"> {
  readonly descriptor: Descriptor;
  /** Copies it from its repository into the target. */
  readonly copy: CopyContext;
}

/** Options of {@linkcode findLayer} and {@linkcode findOwnLayers}. */
export interface FindLayersOptions {
  readonly access: Access;
  /** Copies the layers from their repository into the target. */
  readonly copy: CopyContext;
  /** Platform of the image that takes the layers. */
  readonly platform: Platform | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/**
 * Finds one layer. With a tag, its diffId is that of the tagged image; otherwise the layer is read, and the result is cached.
 *
 * @throws {RangeError} if the image has no such layer, or none for the platform.
 * @throws {LayerError} if the layer is no archive that engines take.
 */
export async function findLayer(
  location: ImageLocation,
  { cache, ...options }: FindLayersOptions & { readonly cache: CacheStore | undefined },
): Promise<FoundLayer> {
  const { tag, digest } = locationNames(location);
  if (digest === undefined) throw new TypeError("Cannot take a layer without its digest");
  const { copy, platform } = options;
  const { source } = copy;
  if (tag === undefined) {
    const createdBy = `LAYER ${formatLocation(location)}`;
    return { ...await readLayer(digest, { ...options, cache }), createdBy, copy };
  }
  const what = `Cannot take the layer "${digest}" of ${source.name}:${tag}`;
  const image = await readImage(what, tag, options);
  const found = layersOf(image, copy).find(({ descriptor }) => descriptor.digest === digest);
  if (found !== undefined) return checkLayer(what, found);
  const of = platform ? ` for "${formatPlatform(platform)}"` : "";
  throw new RangeError(`${what}: its image${of} has no such layer`);
}

/**
 * Finds an image's own layers: those above its base.
 *
 * @param old The base; undefined for the one that the image names.
 * @throws {RangeError} if there is no image for the platform, or its first layers are not those of the base.
 * @throws {SyntaxError} if the image does not name its base, and no other was named.
 */
export async function findOwnLayers(
  location: ImageLocation,
  { old, ...options }: FindLayersOptions & { readonly old: Location | undefined },
): Promise<readonly FoundLayer[]> {
  const { access, copy } = options;
  const what = `Cannot take the layers of "${formatLocation(location)}"`;
  const image = await readImage(what, locationReference(location), options);
  const base = await readOldBase(what, image, { access, copy, old });
  return layersOf(image, copy).slice(base.config.rootfs.diff_ids.length)
    .map((layer) => checkLayer(what, layer));
}

async function readImage(
  what: string,
  reference: string,
  { access, copy: { source, group: { signal } }, platform }: FindLayersOptions,
): Promise<ImageFor> {
  const own = await readImageFor(platform, reference, { source, signal });
  // A single image is taken whatever its platform is, since layers without programs fit all.
  const image = own ?? await readImageFor(undefined, reference, { source, signal });
  const whose = platform ? `"${formatPlatform(platform)}"` : "no platform in particular";
  if (image === undefined) throw new RangeError(`${what}: there is no image for ${whose}`);
  const other = configPlatform(image.config);
  if (own === undefined && other !== undefined) {
    const message = `layers of ${source.name} that are for "${
      formatPlatform(other)
    }" are taken for ${whose}`;
    access.warn({ code: "platform-differs", message });
  }
  const contradiction = contradictionOf(image.manifest, image.config);
  if (contradiction !== undefined) throw new SyntaxError(`${what}: ${contradiction}`);
  return image;
}

function layersOf({ manifest, config }: ImageFor, copy: CopyContext): readonly FoundLayer[] {
  const steps = hasMatchingHistory(config)
    ? (config.history ?? []).filter((step) => step.empty_layer !== true)
    : [];
  return manifest.layers.flatMap((descriptor, at) => {
    const diffId = config.rootfs.diff_ids[at];
    if (diffId === undefined) return [];
    const { annotations, mediaType } = descriptor;
    const compression = layerCompression(mediaType) ?? "none";
    return [{
      diffId,
      compression,
      annotations,
      createdBy: steps[at]?.created_by,
      descriptor,
      copy,
    }];
  });
}

function checkLayer(what: string, layer: FoundLayer): FoundLayer {
  const { mediaType, digest } = layer.descriptor;
  if (layerCompression(mediaType) !== undefined) return layer;
  throw new LayerError(`${what}: "${digest}" is not a layer that registries keep: "${mediaType}"`);
}

/** Finds the diffId of a layer in the cache, or by reading the layer. */
async function readLayer(
  digest: Digest,
  { access, copy, cache, onProgress }: FindLayersOptions & {
    readonly cache: CacheStore | undefined;
  },
): Promise<Omit<FoundLayer, "copy">> {
  const name = `layer 1 ${digest}`;
  const { size, diffId, compression } = parseKnown(await getBytes(cache, name)) ??
    await measureLayer(digest, { access, copy, onProgress });
  const known = JSON.stringify({ size, diffId, compression });
  await cache?.put(name, oneChunk(new TextEncoder().encode(known)));
  const mediaType = layerMediaType("oci", compression);
  return { diffId, compression, descriptor: { digest, size, mediaType } };
}

type KnownLayer = Pick<StoredLayer, "diffId" | "compression"> & { readonly size: number };

function parseKnown(bytes: Uint8Array | undefined): KnownLayer | undefined {
  if (bytes === undefined) return undefined;
  try {
    const known: unknown = JSON.parse(new TextDecoder().decode(bytes));
    if (!isJsonObject(known)) return undefined;
    const { size, diffId, compression } = known;
    const isCompression = compression === "gzip" || compression === "zstd" ||
      compression === "none";
    const isWhole = typeof size === "number" && isDigest(diffId) && isCompression;
    return isWhole ? { size, diffId, compression } : undefined;
  } catch {
    return undefined;
  }
}

async function measureLayer(
  digest: Digest,
  { access, copy: { source, group: { signal } }, onProgress }: Omit<FindLayersOptions, "platform">,
): Promise<KnownLayer> {
  let size = 0;
  const counted = countBytes(source.getBlob({ digest }, { signal }), (bytes) => {
    size = bytes;
    onProgress?.({ kind: "base", digest, bytes });
  });
  const { format, source: bytes } = await sniff(counted);
  const isCompressed = format === "gzip" || format === "zstd";
  const { codec } = access;
  const hasher = access.createHasher();
  const scanner = new TarScanner();
  try {
    for await (
      const chunk of isCompressed ? unpack(bytes, format, { codec, what: "it" }) : bytes
    ) {
      scanner.write(chunk);
      await hasher.update(chunk);
    }
    scanner.end();
  } catch (error) {
    signal.throwIfAborted();
    throw new LayerError(
      `Cannot take "${digest}" of ${source.name} as a layer: ${
        error instanceof Error ? error.message : error
      }`,
      { cause: error },
    );
  }
  const diffId: Digest = `sha256:${encodeHex(await hasher.digest())}`;
  return { size, diffId, compression: isCompressed ? format : "none" };
}
