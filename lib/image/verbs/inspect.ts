/** Inspects manifest, config and history of an image. */

import { checkOptions, type OptionNames } from "../../base/check_options.ts";
import { createLimiter, type Limiter } from "../../base/limiter.ts";
import { runTasks, type TaskGroup } from "../../base/task_group.ts";
import { configPlatform, hasMatchingHistory, type ImageConfig } from "../../oci/config.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import type { Digest } from "../../oci/digest.ts";
import { parseDocument } from "../../oci/document.ts";
import { type ImageIndex, mayHoldImages } from "../../oci/image_index.ts";
import { plainJson } from "../../oci/json.ts";
import { formatLocation, locationReference, parseLocation } from "../../storage/location.ts";
import { isImageManifest, type Manifest } from "../../oci/manifest.ts";
import { formatPlatform, parsePlatform } from "../../oci/platform.ts";
import type { Document } from "../../oci/blob_reference.ts";
import type { ManifestFetcher, Repository } from "../../storage/repository.ts";
import { ACCESS_OPTIONS, type AccessOptions, withAccess } from "../access/access.ts";
import { type IndexWalk, type VisitResults, walkDocuments } from "../index/index_walk.ts";
import { requireLocation } from "../access/verb_locations.ts";
import { readConfig } from "../bases/read_config.ts";
import { requirePlatforms, selectImages } from "../index/select_images.ts";

/** Options of {@linkcode inspectImage}. */
export interface InspectOptions extends AccessOptions {
  /**
   * Images of an index to show, as `OS/ARCH[/VARIANT]`.
   *
   * @default all
   */
  readonly platforms?: readonly string[] | undefined;
}

/** The names of all {@linkcode InspectOptions}. */
export const inspectOptionNames = (): OptionNames<InspectOptions> => ({
  ...ACCESS_OPTIONS,
  platforms: true,
});

/** A layer, as manifest, config and history describe it. */
export interface InspectedLayer {
  /** Digest of the *compressed* layer. */
  readonly digest: Digest;
  /** Digest of the *uncompressed* layer. */
  readonly diffId?: Digest;
  /** Media type of the layer. */
  readonly mediaType: string;
  /** Size of the compressed layer in bytes; absent if an engine does not tell it. */
  readonly size?: number;
  /** Command that made the layer; absent if the history does not match the layers. */
  readonly createdBy?: string;
}

/** One image. */
export interface InspectedImage {
  /** Platform, `OS/ARCH[/VARIANT]`; absent if neither the index nor the config names it. */
  readonly platform?: string;
  /** Digest of the manifest, or the identifier of the image in an engine. */
  readonly digest: Digest;
  /** Media type of the manifest. */
  readonly mediaType: string;
  /** Size of all compressed layers in bytes; absent if an engine does not tell it. */
  readonly layersSize?: number;
  /** Layers, the base first. */
  readonly layers: readonly InspectedLayer[];
  /** The parsed manifest. */
  readonly manifest: Manifest;
  /** The parsed config; absent if it is no container image. */
  readonly config?: ImageConfig;
}

/** What a reference names: an image, or an index of images. */
export interface Inspection {
  /** Location in full. */
  readonly name: string;
  /** Digest of the manifest or index, or the identifier of the image in an engine. */
  readonly digest: Digest;
  /** Media type of the manifest or index. */
  readonly mediaType: string;
  /** Size of the manifest or index in bytes. */
  readonly size: number;
  /** The parsed index; absent for a single image. */
  readonly index?: ImageIndex;
  /** Images in the order of the index, without attestations. */
  readonly images: readonly InspectedImage[];
}

/** Implements `inspectImage` of the main entry, with the host in the options. */
export async function inspectImage(
  image: string,
  options: InspectOptions = {},
): Promise<Inspection> {
  return await readInspection(image, options, plainJson);
}

/**
 * As {@linkcode inspectImage}, with a choice of how numbers are given.
 *
 * @param show Applied to indexes, manifests and configs. Unchanged, their numbers are written by `formatJson` exactly as they were.
 */
export async function readInspection(
  image: string,
  options: InspectOptions,
  show: <T>(document: T) => T = (document) => document,
): Promise<Inspection> {
  checkOptions(options, inspectOptionNames(), "inspectImage()");
  const location = parseLocation(image);
  const platforms = (options.platforms ?? []).map(parsePlatform);
  requireLocation("inspect IMAGE", location);
  return await withAccess(options, (access) =>
    runTasks(options.signal, async (group) => {
      const source = access.open(location, "pull");
      const reference = locationReference(location);
      const document = await source.getManifest(reference, { signal: group.signal });
      const base = await selectImages(document, platforms, { source, group });
      const limit = createLimiter(access.concurrency);
      const context: InspectContext = { source, group, limit, inspected: new Map(), show };
      const walk = walkDocuments(limitReads(base.documents, limit), group.signal);
      const { mediaType, bytes } = document;
      const parsed = parseDocument(document);
      const images = nameByEntry(await inspectDocument(base.document, walk, context), base.entry);
      if (parsed.kind === "manifest") {
        requirePlatforms(
          platforms,
          images.map(({ platform }) =>
            platform === undefined ? undefined : parsePlatform(platform)
          ),
        );
      }
      return {
        name: formatLocation(location),
        digest: document.imageId ?? document.digest,
        mediaType,
        size: bytes.length,
        ...(parsed.kind === "index" ? { index: show(parsed.index) } : {}),
        images,
      };
    }));
}

interface InspectContext {
  readonly source: Repository;
  readonly group: TaskGroup;
  /** Limits how many documents are read at a time. */
  readonly limit: Limiter;
  readonly inspected: VisitResults<InspectedImage[]>;
  readonly show: <T>(document: T) => T;
}

function limitReads(documents: ManifestFetcher, limit: Limiter): ManifestFetcher {
  return {
    name: documents.name,
    getManifest: (reference, options) => limit(() => documents.getManifest(reference, options)),
  };
}

async function inspectDocument(
  document: Document,
  walk: IndexWalk,
  context: InspectContext,
): Promise<InspectedImage[]> {
  const parsed = parseDocument(document);
  return parsed.kind === "index"
    ? await inspectIndex(parsed.index, walk, context)
    : [await inspectManifest(document, parsed.manifest, context)];
}

async function inspectIndex(
  index: ImageIndex,
  walk: IndexWalk,
  context: InspectContext,
): Promise<InspectedImage[]> {
  const below = walk.into(index);
  const entries = index.manifests.filter(mayHoldImages);
  const images = await Promise.all(
    entries.map((entry) => context.group.start(() => inspectEntry(entry, below, context))),
  );
  below.requireFew(images.reduce((sum, list) => sum + list.length, 0));
  return images.flat();
}

async function inspectEntry(
  entry: Descriptor,
  walk: IndexWalk,
  context: InspectContext,
): Promise<InspectedImage[]> {
  const images = await walk.visit(
    entry,
    context.inspected,
    (document) => inspectDocument(document, walk, context),
  );
  return nameByEntry(images, entry);
}

/** Gives an image the platform of its index entry, which counts more than the config's. */
function nameByEntry(images: InspectedImage[], entry: Descriptor | undefined): InspectedImage[] {
  const [image] = images;
  // The images of a nested index have platforms of their own.
  if (!entry?.platform || image?.digest !== entry.digest) return images;
  return [{ ...image, platform: formatPlatform(entry.platform) }];
}

async function inspectManifest(
  { digest, imageId, mediaType }: Document,
  manifest: Manifest,
  { source, group: { signal }, limit, show }: InspectContext,
): Promise<InspectedImage> {
  const config = isImageManifest(manifest)
    ? show(await limit(() => readConfig(source, manifest.config, signal)))
    : undefined;
  const platform = config && configPlatform(config);
  return {
    ...(platform === undefined ? {} : { platform: formatPlatform(platform) }),
    digest: imageId ?? digest,
    mediaType,
    ...(manifest.layers.every(isSized)
      ? { layersSize: manifest.layers.reduce((sum, { size }) => sum + size, 0) }
      : {}),
    layers: describeLayers(manifest, config),
    manifest: show(manifest),
    ...(config === undefined ? {} : { config }),
  };
}

function describeLayers(manifest: Manifest, config: ImageConfig | undefined): InspectedLayer[] {
  const steps = config !== undefined && hasMatchingHistory(config)
    ? (config.history ?? []).filter((step) => step.empty_layer !== true)
    : [];
  return manifest.layers.map((layer, index) => {
    const { digest, mediaType, size } = layer;
    const diffId = config?.rootfs.diff_ids[index];
    const createdBy = steps[index]?.created_by;
    return {
      digest,
      ...(diffId === undefined ? {} : { diffId }),
      mediaType,
      ...(isSized(layer) ? { size } : {}),
      ...(createdBy === undefined ? {} : { createdBy }),
    };
  });
}

/** Whether the size of a layer is known. A manifest that is made from an engine's answers has size 0, which no archive has. */
function isSized({ size }: Descriptor): boolean {
  return size > 0;
}
