/** Changes an image: the common part of `append` and `edit`. */

import type { Limiter } from "../../base/limiter.ts";
import { runTasks, type TaskGroup } from "../../base/task_group.ts";
import { LAYER_FORMATS, type LayerFormat } from "../../layer/compression/codec.ts";
import { isByPlatform, isOptional, openableInput } from "../../layer/layer_input.ts";
import { isDifference } from "../../layer/sync/sync_input.ts";
import { checkConfigEdit } from "../../oci/config_edit.ts";
import type { Digest } from "../../oci/digest.ts";
import { basePairName } from "../bases/base_check.ts";
import { requireDate, requireTextMap } from "../../oci/edit_values.ts";
import {
  formatLocation,
  type Location,
  locationNames,
  locationReference,
  parseLocation,
} from "../../storage/location.ts";
import { parsePlatform, type Platform } from "../../oci/platform.ts";
import { type Access, withAccess } from "../access/access.ts";
import { changesMore } from "../update/changes_more.ts";
import { BaseImages } from "../bases/base_images.ts";
import { createBaseCheck } from "../bases/base_check.ts";
import { belowNamed, startChain } from "../update/chained_layers.ts";
import type { ImageLayers } from "../update/layer_store.ts";
import { startLayers, type StartLayersOptions } from "../update/platform_layer_store.ts";
import { TakenLayers, TakingImages } from "../taken/taken_layers.ts";
import { startConfigUpload, startConfigUploads } from "../update/config_upload.ts";
import { needOci } from "../update/stored_layer.ts";
import { updateImage } from "../update/update_image.ts";
import { updateManifest } from "../update/update_manifest.ts";
import { basePairEdit } from "../../oci/base_pair.ts";
import type { MapEdit } from "../../oci/patch.ts";
import type { ImageChange } from "../update/build_context.ts";
import { selectForTarget } from "../index/select_for_target.ts";
import { type ImageResult, imageResult } from "./image_result.ts";
import { layerStoreOptions } from "./layer_store_options.ts";
import { findTaken, type LayersTaken, parseLayersTaken } from "../taken/parse_layers_taken.ts";
import { openSourceAndTarget } from "./open_source_and_target.ts";
import type { ChangeOptions, LayerOptions } from "./change_options.ts";
import { formatTarget, parseTarget, putTags, type Target } from "./target.ts";

/** Options of {@linkcode changeImage}. */
export interface ChangeImageOptions {
  readonly change: ChangeOptions;
  readonly layers: LayerOptions;
}

/** What the images of a batch share. */
export interface SharedWork {
  /** Limits how many blobs are streamed at a time. */
  readonly limit: Limiter;
  /** Makes the layers of an image, in place of {@linkcode startLayers}. */
  readonly layers: (options: StartLayersOptions, target: Location) => ImageLayers;
}

/** The checked options of an image. */
export interface ImagePlan extends ChangeImageOptions {
  readonly from: Location;
  /** Layers of repositories. */
  readonly taken: LayersTaken | undefined;
  readonly to: Target;
  readonly platforms: readonly Platform[];
}

/** Makes a changed image of a base and gives it the target's tags. */
export async function changeImage(
  base: string,
  target: string,
  { change, layers }: ChangeImageOptions,
): Promise<ImageResult> {
  const plan = planImage(base, target, { change, layers });
  return await withAccess(
    change,
    (access) => runTasks(change.signal, (group) => makeImage(plan, access, group)),
  );
}

/**
 * Checks the options, before anything is read or sent.
 *
 * @throws {TypeError} if one has a wrong type or value.
 * @throws {SyntaxError} if a location, a tag or a platform cannot be parsed.
 */
export function planImage(
  base: string,
  target: string,
  { change, layers }: ChangeImageOptions,
): ImagePlan {
  const plan: ImagePlan = {
    change,
    layers,
    from: parseLocation(base),
    taken: parseLayersTaken(layers),
    to: parseTarget(target, change.tags),
    platforms: (change.platforms ?? []).map(parsePlatform),
  };
  checkConfigEdit(change);
  requireTextMap("annotations", change.annotations);
  requireDate("created", change.created);
  requireCompression(layers.compression);
  for (const layer of layers.layers) if (!isByPlatform(layer)) openableInput(layer);
  return plan;
}

/**
 * Makes a changed image.
 *
 * @param shared What it shares with the other images of a batch.
 */
export async function makeImage(
  plan: ImagePlan,
  access: Access,
  group: TaskGroup,
  shared?: SharedWork,
): Promise<ImageResult> {
  const { from, to, platforms, change, layers: { layers: inputs, replace } } = plan;
  const { dryRun, onProgress } = change;
  const copy = await openSourceAndTarget(from, to, {
    access,
    group,
    platforms,
    dryRun,
    onProgress,
    limit: shared?.limit,
  });
  const probe = async (): Promise<boolean> =>
    change.created !== undefined && await layers.werePresent();
  const keepsUnchanged = replace === undefined && plan.taken === undefined && inputs.length > 0 &&
    inputs.every((input) => !isByPlatform(input) && isOptional(input)) && !changesMore(change);
  // The first session is requested while the base's manifest is read. The target is not asked for a config that has the present time, and
  // so is new; one with a given time may exist if all layers do.
  const keepsPresent = shared !== undefined;
  const uploadConfig = replace === undefined && !keepsUnchanged && !keepsPresent
    ? startConfigUploads(copy.target, group, { probe })
    : () => startConfigUpload(copy.target, group, { probe });
  const { source } = copy;
  const found = group.start(() =>
    source.getManifest(locationReference(from), { signal: group.signal })
  );
  const base = new BaseImages(
    group.start(async () =>
      await selectForTarget(await found, platforms, { source, target: copy.target, group })
    ),
    // Other locations are on this machine, and as fast as the cache.
    { source, group, cache: from.kind === "registry" ? access.host.cache : undefined },
  );
  const onto = (keepsFirst: boolean): Pick<BaseImages, "all"> => ({
    all: async () => (await base.all()).map((image) => belowNamed(image, replace, keepsFirst)),
  });
  const taking = plan.taken && new TakingImages(
    onto(false),
    findTaken(plan.taken, { access, copy, cache: access.host.cache, onProgress }),
  );
  const optionsFor = (keepsFirst: boolean): StartLayersOptions => {
    const images = taking ?? onto(keepsFirst);
    return { ...layerStoreOptions(plan, { access, copy, images, taking }), base: images };
  };
  const isChain = taking === undefined && inputs.length === 1 && inputs.every(isDifference);
  const made = shared?.layers(optionsFor(false), to.location) ??
    (replace !== undefined && isChain
      ? startChain(inputs, { name: replace, base, optionsFor })
      : startLayers(inputs, optionsFor(false)));
  const layers = taking === undefined ? made : new TakenLayers(made, taking);
  try {
    const selection = await base.selection();
    const edit = imageChange(plan, (await found).digest);
    const { warn } = access;
    const isStillBase = createBaseCheck(access, group);
    const keeps = { keepsUnchanged, keepsPresent };
    const common = { copy, base, layers, uploadConfig, ...keeps, warn, isStillBase };
    const build = { ...common, change: edit };
    const { document, images, isUnchanged } = await updateImage(selection, platforms, {
      copy,
      warn,
      update: (document, manifest) => updateManifest(document, manifest, build),
      becomesOci: async () => needOci(await layers.all()),
      annotations: indexAnnotations(edit),
    });
    // Nothing is written if the tag is that of the unchanged base.
    const isThere = isUnchanged && isOwnTag(plan);
    const tags = isThere ? to.tags.slice(1) : to.tags;
    const stored = await putTags({ tags }, document, copy);
    return imageResult({
      to,
      document,
      digest: isThere ? document.digest : stored,
      images,
      layers: isUnchanged ? [] : await layers.all(),
      access,
      dryRun,
      isUnchanged,
      baseRead: layers.baseRead,
    });
  } finally {
    await layers.close();
  }
}

/** Whether the target is the tag of the base. */
function isOwnTag({ from, to }: ImagePlan): boolean {
  return from.kind !== "scratch" && locationNames(from).digest === undefined &&
    formatLocation(from) === formatTarget(to);
}

/** The annotations of an index: the base pair of its images names the base of the index, too. */
function indexAnnotations({ annotations, basePair }: ImageChange): MapEdit | undefined {
  return basePair === "keep" ? annotations : { ...basePairEdit(basePair), ...annotations };
}

function imageChange(plan: ImagePlan, digest: Digest): ImageChange {
  const { change, layers, from } = plan;
  const { created = new Date(), author, annotations, comment, createdBy } = change;
  // The digest of an image out of an engine or an archive is known nowhere else.
  const isUnknown = ["scratch", "docker-archive", "docker-daemon"].includes(from.kind);
  const isKept = change.baseAnnotations === false || isUnknown || isOwnTag(plan);
  const name = basePairName(from);
  return {
    edit: change,
    created,
    author,
    comment,
    createdBy,
    annotations,
    replace: layers.replace,
    basePair: isKept ? "keep" : { ...(name === undefined ? {} : { name }), digest },
  };
}

function requireCompression(compression: LayerFormat | "keep" | undefined): void {
  if (compression === undefined || compression === "keep") return;
  if (LAYER_FORMATS.includes(compression)) return;
  throw new TypeError(
    `Cannot compress with ${JSON.stringify(compression)}: expected ${
      LAYER_FORMATS.join(", ")
    } or keep`,
  );
}
