/** Makes a changed image of a base: what `append` and `edit` have in common. */

import type { OptionNames } from "../../base/check_options.ts";
import { runTasks, type TaskGroup } from "../../base/task_group.ts";
import { type Compression, COMPRESSIONS } from "../../layer/compression/codec.ts";
import { type LayerInput, openableInput } from "../../layer/layer_input.ts";
import { checkConfigEdit, CONFIG_EDIT_OPTIONS, type ConfigEdit } from "../../oci/config_edit.ts";
import { requireDate, requireTextMap } from "../../oci/edit_values.ts";
import { type Location, locationReference, parseLocation } from "../../storage/location.ts";
import { parsePlatform, type Platform } from "../../oci/platform.ts";
import { type Access, ACCESS_OPTIONS, type AccessOptions, withAccess } from "../access/access.ts";
import type { ReadBase } from "../../layer/base/base_questions.ts";
import { ListingCache } from "../../layer/base/listing_cache.ts";
import { BaseImages } from "../build/base_images.ts";
import { LayerStore, type LayerStoreOptions } from "../build/layer_store.ts";
import { startConfigUploads } from "../build/config_upload.ts";
import { updateImage } from "../build/update_image.ts";
import type { ImageChange } from "../build/update_manifest.ts";
import { selectForTarget } from "../index/select_for_target.ts";
import type { Selection } from "../index/select_images.ts";
import type { CopyContext } from "../transfer/copy_context.ts";
import { type ImageResult, imageResult } from "./image_result.ts";
import { openSourceAndTarget } from "./open_source_and_target.ts";
import { parseTarget, putTags, type Target } from "./target.ts";

/** Options of every verb that changes an image. */
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
   * Creation time of the image.
   *
   * @default now
   */
  readonly created?: Date | undefined;
  /** Author of the image. */
  readonly author?: string | undefined;
  /** Annotations of the manifests and of the index, unless that is Docker's, to set; null takes one out. */
  readonly annotations?: Readonly<Record<string, string | null>> | undefined;
  /**
   * Read and plan, and send nothing: the result tells what would be sent.
   *
   * @default {false}
   */
  readonly dryRun?: boolean | undefined;
}

/** The names of all {@linkcode ChangeOptions}. */
export const CHANGE_OPTIONS: OptionNames<ChangeOptions> = {
  ...ACCESS_OPTIONS,
  ...CONFIG_EDIT_OPTIONS,
  platforms: true,
  tags: true,
  created: true,
  author: true,
  annotations: true,
  dryRun: true,
};

/** Layers and how they are packed. */
export interface LayerOptions {
  /** Layers, from the lowest up. */
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
  /**
   * How much of the base's layers may be read, nothing of their content being kept, so that the new ones lie on them as `COPY` would put
   * them: a directory above an entry keeps its owner and mode, links on the way are followed, and a file that is added onto a directory
   * goes into it. "auto" asks where the answer can matter, and reads 64 MiB at the most; "all" or true asks everything, of archives that
   * came compressed too; "none" or false nothing.
   *
   * @default {"auto"}
   */
  readonly readBase?: boolean | ReadBase | undefined;
  /**
   * Bytes of the base's compressed layers that "auto" may read, for all images together.
   *
   * @default {67108864} on Deno, Bun and Node, {8388608} elsewhere
   */
  readonly readBaseLimit?: number | undefined;
  /**
   * Whether what layers of bases say of their paths is remembered from run to run, where the host can.
   *
   * @default {true}
   */
  readonly cache?: boolean | undefined;
  /** Comment of the layers' history entries. */
  readonly comment?: string | undefined;
  /**
   * `created_by` of the layers' history entries.
   *
   * @default {"appendlayer"}
   */
  readonly createdBy?: string | undefined;
}

/** The names of all {@linkcode LayerOptions}. */
export const LAYER_OPTIONS: OptionNames<LayerOptions> = {
  layers: true,
  compression: true,
  compressionLevel: true,
  readBase: true,
  readBaseLimit: true,
  cache: true,
  comment: true,
  createdBy: true,
};

/** Options of {@linkcode changeImage}. */
export interface ChangeImageOptions {
  readonly change: ChangeOptions;
  readonly layers: LayerOptions;
}

/** Bytes of the base that are read at most where no host says otherwise: Workers and browsers have little time and memory. */
const WEB_READ_BASE_LIMIT = 8 * 1024 * 1024;

interface ImagePlan extends ChangeImageOptions {
  readonly from: Location;
  readonly to: Target;
  readonly platforms: readonly Platform[];
}

/** Makes a changed image of a base and gives it the target's tags. */
export async function changeImage(
  base: string,
  target: string,
  { change, layers }: ChangeImageOptions,
): Promise<ImageResult> {
  const plan: ImagePlan = {
    change,
    layers,
    from: parseLocation(base),
    to: parseTarget(target, change.tags),
    platforms: (change.platforms ?? []).map(parsePlatform),
  };
  // What no config can hold is refused before anything is read or sent.
  checkConfigEdit(change);
  requireTextMap("annotations", change.annotations);
  requireDate("created", change.created);
  requireCompression(layers.compression);
  for (const layer of layers.layers) openableInput(layer);
  return await withAccess(
    change,
    (access) => runTasks(change.signal, (group) => makeImage(plan, access, group)),
  );
}

async function makeImage(plan: ImagePlan, access: Access, group: TaskGroup): Promise<ImageResult> {
  const { from, to, platforms, change, layers: { layers: inputs } } = plan;
  const { dryRun, onProgress } = change;
  const copy = await openSourceAndTarget(from, to, {
    access,
    group,
    platforms,
    dryRun,
    onProgress,
  });
  // Its first session is asked for beside the manifest of the base.
  const uploadConfig = startConfigUploads(copy.target, group, {
    // A config with the time of this moment is new. One that is dated may be a repetition, where all layers were there.
    probe: async () => change.created !== undefined && await layers.werePresent(),
  });
  const base = new BaseImages(group.start(() => selectBase(from, platforms, copy)), {
    source: copy.source,
    group,
  });
  const layers = new LayerStore(inputs, storeOptions(plan, { access, copy, base }));
  try {
    const { document, images } = await updateImage(await base.selection(), platforms, {
      copy,
      change: imageChange(plan),
      base,
      layers,
      uploadConfig,
      warn: access.warn,
    });
    const digest = await putTags(to, document, copy);
    return imageResult({
      to,
      document,
      digest,
      images,
      layers: await layers.all(),
      access,
      dryRun,
    });
  } finally {
    await layers.close();
  }
}

async function selectBase(
  from: Location,
  platforms: readonly Platform[],
  { source, target, group }: CopyContext,
): Promise<Selection> {
  const { signal } = group;
  const found = await source.getManifest(locationReference(from), { signal });
  return await selectForTarget(found, platforms, { source, target, group });
}

function storeOptions(
  { to, layers, change }: ImagePlan,
  { access, copy, base }: {
    readonly access: Access;
    readonly copy: CopyContext;
    readonly base: BaseImages;
  },
): LayerStoreOptions {
  const { source, target: repository, group } = copy;
  const { onProgress } = change;
  const { compression, compressionLevel, readBase, readBaseLimit, cache: isCached = true } = layers;
  const cache = isCached ? access.host.cache : undefined;
  const mode = parseReadBase(readBase);
  const align = mode === "none" ? undefined : {
    images: base,
    source,
    codec: access.codec,
    group,
    readBase: mode,
    limit: mode === "all"
      ? Infinity
      : readBaseLimit ?? access.host.readBaseLimit ?? WEB_READ_BASE_LIMIT,
    cache: cache && new ListingCache(cache, source.name),
    onProgress,
    onUnknown: (path: string) =>
      access.warn({
        code: "unknown-directory",
        path,
        engines: ["Docker", "Podman"],
        message:
          `The directory "/${path}" gets no entry: how much of the base was read does not tell whose it is, and Docker's overlay2 and Podman make it root's, with mode 0755`,
        hint: { kind: "read-base" },
      }),
  };
  const mayConfirm = to.location.kind === "registry" && change.dryRun !== true;
  return {
    store: { repository, access, group, compression, compressionLevel, onProgress, mayConfirm },
    align,
  };
}

function parseReadBase(readBase: LayerOptions["readBase"]): ReadBase {
  if (readBase === undefined) return "auto";
  if (typeof readBase === "boolean") return readBase ? "all" : "none";
  if (["all", "auto", "none"].includes(readBase)) return readBase;
  throw new TypeError(
    `Cannot read the base: expected all, auto or none, got ${JSON.stringify(readBase)}`,
  );
}

function imageChange({ change, layers }: ImagePlan): ImageChange {
  const { created = new Date(), author, annotations } = change;
  const { comment, createdBy = "appendlayer" } = layers;
  return { edit: change, created, author, comment, createdBy, annotations };
}

function requireCompression(compression: Compression | "keep" | undefined): void {
  if (compression === undefined || compression === "keep") return;
  if (COMPRESSIONS.includes(compression)) return;
  throw new TypeError(
    `Cannot compress with ${JSON.stringify(compression)}: expected ${
      COMPRESSIONS.join(", ")
    } or keep`,
  );
}
