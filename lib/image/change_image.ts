/** The one way in which images are made here: what append and edit have in common. */

import { createLimiter } from "../base/limiter.ts";
import { runTasks, type TaskGroup } from "../base/task_group.ts";
import type { Compression } from "../layer/codec.ts";
import { entryFlaw } from "../layer/entry_flaw.ts";
import type { LayerInput } from "../layer/layer_input.ts";
import { packLayer } from "../layer/pack.ts";
import { SpooledSource } from "../layer/spooled_source.ts";
import type { ConfigEdit } from "../oci/config_edit.ts";
import type { Digest } from "../oci/digest.ts";
import { type Location, locationReference, parseLocation } from "../oci/location.ts";
import { familyOf, layerMediaType } from "../oci/media_type.ts";
import { parsePlatform, type Platform } from "../oci/platform.ts";
import type { Repository } from "../oci/repository.ts";
import type { Transfer } from "../oci/transfer.ts";
import { type Access, type AccessOptions, createAccess } from "./access.ts";
import { BlobMover } from "./blob_mover.ts";
import { type ConfigUpload, startConfigUpload } from "./config_upload.ts";
import { dryRunRepository } from "./dry_run.ts";
import { rebuild, type Rebuilt, type RebuiltImage } from "./rebuild.ts";
import type { AppendedLayer, RebuildWork } from "./rebuild_manifest.ts";
import { scratchRepository } from "./scratch.ts";
import { formatTarget, parseTarget, putTags, type Target } from "./target.ts";

/** Flawed entries that are named for each layer. */
const FLAWS_TOLD = 20;

/** What to make of the base: options of every verb that makes an image. */
export interface ChangeOptions extends ConfigEdit, AccessOptions {
  /**
   * Images of an index to change and keep, as `OS/ARCH[/VARIANT]`. A single one comes out without an index. For `scratch`, what
   * the new image is for.
   *
   * @default all
   */
  readonly platforms?: readonly string[] | undefined;
  /** Further tags for the result, beside the target's. */
  readonly tags?: readonly string[] | undefined;
  /**
   * When the image is said to be made.
   *
   * @default now
   */
  readonly created?: Date | undefined;
  /** Who is said to have made it. */
  readonly author?: string | undefined;
  /** Annotations of the manifests to set; null takes one out. */
  readonly annotations?: Readonly<Record<string, string | null>> | undefined;
  /**
   * Read and plan, and send nothing: the result tells what would be sent.
   *
   * @default {false}
   */
  readonly dryRun?: boolean | undefined;
}

/** Layers and how they are packed. */
export interface LayerOptions {
  /** From the lowest up. */
  readonly layers: readonly LayerInput[];
  /**
   * How the new layers are compressed. "keep" sends compressed input as it came and compresses plain input with gzip.
   *
   * @default {"keep"}
   */
  readonly compression?: Compression | "keep" | undefined;
  /**
   * gzip 1 to 9, zstd 1 to 22.
   *
   * @default the codec's own
   */
  readonly compressionLevel?: number | undefined;
  /** A comment for the layers' history entries. */
  readonly comment?: string | undefined;
  /**
   * How the layers' history entries say that they came about.
   *
   * @default {"appendlayer"}
   */
  readonly createdBy?: string | undefined;
}

/** A new layer, as results list it. */
export interface LayerResult {
  /** Of the *compressed* bytes. */
  readonly digest: Digest;
  /** Of the *uncompressed* bytes. */
  readonly diffId: Digest;
  readonly mediaType: string;
  /** Compressed, bytes. */
  readonly size: number;
  /** Bytes. */
  readonly uncompressedSize: number;
  /** False where the target had it already. In a dry run, whether it would be sent. */
  readonly uploaded: boolean;
}

/** What was made. */
export interface ImageResult {
  /** The target's first tag, in full. */
  readonly target: string;
  /** Of the manifest or index that the tags now point at. */
  readonly digest: Digest;
  readonly mediaType: string;
  /** Of the manifest or index, bytes. */
  readonly size: number;
  readonly tags: readonly string[];
  readonly platforms: readonly RebuiltImage[];
  readonly layers: readonly LayerResult[];
  readonly transfer: Readonly<Transfer>;
  readonly warnings: readonly string[];
  /** Set if nothing was sent. */
  readonly dryRun?: true;
}

/** Makes a changed image of a base and gives it the target's tags. */
export async function changeImage(
  base: string,
  target: string,
  options: ChangeOptions & LayerOptions,
): Promise<ImageResult> {
  const from = parseLocation(base);
  const to = parseTarget(target, options.tags);
  const platforms = (options.platforms ?? []).map(parsePlatform);
  const access = await createAccess(options);
  const { source, repository } = await openBoth(from, to.location, platforms, access, options);

  return await runTasks(options.signal, async (group) => {
    const { signal } = group;
    // The first config's upload session is asked for beside the manifest; further configs get theirs as they come up.
    let early: ConfigUpload | undefined = beginConfig();
    const layers = Promise.all(
      options.layers.map((input, index) =>
        group.start(() => storeLayer(input, index, { repository, access, group, options }))
      ),
    );
    layers.catch(() => {});
    function beginConfig(): ConfigUpload {
      // Where all layers were there already it may well be a repetition, so that the config is there too.
      const probe = async (): Promise<boolean> =>
        options.layers.length > 0 && (await layers).every(({ uploaded }) => !uploaded);
      return startConfigUpload(repository, group, { probe });
    }

    const document = await source.getManifest(locationReference(from), { signal });
    const work: RebuildWork = {
      source,
      target: repository,
      group,
      layers,
      mover: new BlobMover({
        source,
        target: repository,
        limit: createLimiter(access.concurrency),
        transfer: access.transfer,
        signal,
        onProgress: ({ digest, size }, bytes) =>
          options.onProgress?.({ kind: "copy", digest, bytes, total: size }),
      }),
      uploadConfig(): ConfigUpload {
        const upload = early ?? beginConfig();
        early = undefined;
        return upload;
      },
      warn: access.warn,
      change: {
        ...options,
        created: options.created ?? new Date(),
        createdBy: options.createdBy ?? "appendlayer",
      },
    };
    const rebuilt = await rebuild(document, platforms, work);
    await putTags(to, rebuilt.document, work);
    return describeResult(rebuilt, await layers, to, access, options);
  });
}

async function openBoth(
  from: Location,
  to: Location,
  platforms: readonly Platform[],
  access: Access,
  { dryRun = false }: ChangeOptions,
): Promise<{ source: Repository; repository: Repository }> {
  const opened = access.open(to, dryRun ? "pull" : "push");
  const repository = dryRun ? dryRunRepository(opened, access) : opened;
  if (from.kind === "scratch") return { source: await scratchRepository(platforms), repository };
  const source = access.open(from, "pull");
  // One repository needs one token, for both.
  return { source: opened.isSame(source) ? opened : source, repository };
}

/** What {@linkcode storeLayer} works with. */
interface LayerWork {
  readonly repository: Repository;
  readonly access: Access;
  readonly group: TaskGroup;
  readonly options: ChangeOptions & LayerOptions;
}

/** Packs one layer into the target's storage. */
async function storeLayer(
  input: LayerInput,
  index: number,
  { repository, access, group: { signal }, options }: LayerWork,
): Promise<AppendedLayer> {
  let flaws = 0;
  const packed = packLayer(input, {
    codec: access.codec,
    createHasher: access.createHasher,
    compression: options.compression,
    level: options.compressionLevel,
    onEntry(entry): void {
      const flaw = entryFlaw(entry);
      if (flaw !== undefined && ++flaws <= FLAWS_TOLD) access.warn(flaw);
    },
    onProgress: (bytes) => options.onProgress?.({ kind: "read", layer: index, bytes }),
    ...(options.layers.length === 1 ? {} : { name: `layer ${index + 1}` }),
  });
  const source = new SpooledSource(packed, {
    createSpool: access.host.createSpool,
    onSpoolFailure: (error) =>
      access.warn(
        `The upload can no longer be retried: ${error instanceof Error ? error.message : error}`,
      ),
  });
  try {
    const stored = await repository.putBlob(source, {
      signal,
      onProgress: (bytes) => options.onProgress?.({ kind: "upload", layer: index, bytes }),
    });
    const { diffId, uncompressedSize, compression } = packed;
    return { ...stored, diffId, uncompressedSize, compression };
  } finally {
    await source.dispose();
  }
}

function describeResult(
  { document, images }: Rebuilt,
  layers: readonly AppendedLayer[],
  to: Target,
  { transfer, warnings }: Access,
  { dryRun = false }: ChangeOptions,
): ImageResult {
  const { digest, mediaType, bytes } = document;
  return {
    target: formatTarget(to),
    digest,
    mediaType,
    size: bytes.length,
    tags: to.tags,
    platforms: images,
    layers: layers.map(({ compression, ...layer }) => ({
      digest: layer.digest,
      diffId: layer.diffId,
      mediaType: layerMediaType(familyOf(mediaType), compression),
      size: layer.size,
      uncompressedSize: layer.uncompressedSize,
      uploaded: layer.uploaded,
    })),
    transfer: { ...transfer },
    warnings,
    ...(dryRun ? { dryRun } : {}),
  };
}
