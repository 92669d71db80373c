/** Copies images unchanged from one location to another. */

import { checkOptions, type OptionNames } from "../../base/check_options.ts";
import { runTasks } from "../../base/task_group.ts";
import { configPlatform } from "../../oci/config.ts";
import { parseDocument } from "../../oci/document.ts";
import { locationReference, parseLocation } from "../../storage/location.ts";
import { isImageManifest, type Manifest } from "../../oci/manifest.ts";
import { parsePlatform, type Platform } from "../../oci/platform.ts";
import type { Document } from "../../oci/blob_reference.ts";
import { type Access, ACCESS_OPTIONS, type AccessOptions, withAccess } from "../access/access.ts";
import { requireLocation } from "../access/verb_locations.ts";
import { copyContents } from "../transfer/copy_contents.ts";
import { copyReferrers } from "../transfer/copy_referrers.ts";
import type { CopyContext } from "../transfer/copy_context.ts";
import { type ImageResult, imageResult } from "./image_result.ts";
import { openSourceAndTarget } from "./open_source_and_target.ts";
import { putDocument } from "../transfer/put_document.ts";
import { readConfig } from "../bases/read_config.ts";
import { changedImage } from "../update/update_image.ts";
import { type IndexWalk, walkDocuments } from "../index/index_walk.ts";
import { selectForTarget } from "../index/select_for_target.ts";
import { requirePlatforms, type Selection } from "../index/select_images.ts";
import { parseTarget, putTags, type Target } from "./target.ts";

/** Options of {@linkcode copyImage}. */
export interface CopyOptions extends AccessOptions {
  /**
   * Images of an index to copy, as `OS/ARCH[/VARIANT]`, with their attestations. A single one is taken out of the index.
   *
   * @default all
   */
  readonly platforms?: readonly string[] | undefined;
  /** Further tags for the copy, beside the target's. */
  readonly tags?: readonly string[] | undefined;
  /**
   * Whether to copy the referrers of the images too: signatures, attestations, SBOMs and other artifacts, and the referrers of those.
   *
   * @default {false}
   */
  readonly referrers?: boolean | undefined;
  /**
   * Whether to keep a tag that already names another image.
   *
   * @default {false}
   */
  readonly noClobber?: boolean | undefined;
  /**
   * Whether to send nothing: the result tells what would be sent.
   *
   * @default {false}
   */
  readonly dryRun?: boolean | undefined;
}

/** The names of all {@linkcode CopyOptions}. */
export const copyOptionNames = (): OptionNames<CopyOptions> => ({
  ...ACCESS_OPTIONS,
  platforms: true,
  tags: true,
  referrers: true,
  noClobber: true,
  dryRun: true,
});

/** Implements `copyImage` of the main entry, with the host in the options. */
export async function copyImage(
  source: string,
  target: string,
  options: CopyOptions = {},
): Promise<ImageResult> {
  checkOptions(options, copyOptionNames(), "copyImage()");
  const from = parseLocation(source);
  const to = parseTarget(target, options.tags);
  const verb = options.referrers ? "copy with referrers" : "copy";
  requireLocation(`${verb} SOURCE`, from);
  requireLocation(`${verb} TARGET`, to.location);
  const platforms = (options.platforms ?? []).map(parsePlatform);

  return await withAccess(options, (access) =>
    runTasks(options.signal, async (group) => {
      const { dryRun, onProgress } = options;
      const opening = { access, group, platforms, dryRun, onProgress };
      const context = await openSourceAndTarget(from, to, opening);
      return await copyTo(to, {
        reference: locationReference(from),
        platforms,
        options,
        access,
        context,
      });
    }));
}

/** Options of {@linkcode copyTo}. */
export interface CopyTask {
  /** Tag or digest of the image in the source. */
  readonly reference: string;
  readonly platforms: readonly Platform[];
  readonly options: Pick<CopyOptions, "referrers" | "noClobber" | "dryRun">;
  readonly access: Access;
  readonly context: CopyContext;
}

/**
 * Copies one image.
 *
 * @throws {TagTakenError} if a tag names another image, and is to be kept.
 */
export async function copyTo(to: Target, task: CopyTask): Promise<ImageResult> {
  const { reference, platforms, options, access, context } = task;
  const { signal } = context.group;
  const found = await context.source.getManifest(reference, { signal });
  const base = await selectForTarget(found, platforms, context);
  const { document } = base;
  // First, before anything is sent.
  if (options.noClobber) await requireFree(to, document, context);
  if (base.attestations > 0) warnOfAttestations(base.attestations, access);
  const images = await nameImages(base, platforms, context);
  const walk = walkDocuments(base.documents, signal);
  await copyContents(document, walk, context);
  // Within one repository only pruned indexes are missing.
  const missing = context.target.isSame(context.source) ? base.made : [];
  for (const made of missing) await putDocument(made.digest, made, context);
  if (options.referrers) {
    // By its digest, since some registries refuse referrers of a missing subject. The tags still come last.
    if (!context.target.isSame(context.source)) {
      await putDocument(document.digest, document, context);
    }
    await copyAllReferrers(document, walk, context);
  }
  const digest = await putTags(to, document, context);
  return imageResult({ to, document, digest, images, access, dryRun: options.dryRun });
}

/** The error for a tag that names another image, and is to be kept. */
export class TagTakenError extends RangeError {
  override readonly name = "TagTakenError";
}

async function requireFree(
  { tags }: Target,
  { digest }: Document,
  { target, group: { signal } }: CopyContext,
): Promise<void> {
  for (const tag of tags) {
    const taken = await target.headManifest(tag, { signal });
    if (taken === undefined || taken === digest) continue;
    throw new TagTakenError(
      `Cannot copy to the tag "${tag}" of "${target.name}": it stands for "${taken}" already`,
    );
  }
}

function warnOfAttestations(count: number, { warn }: Access): void {
  const [what, verb] = count === 1 ? ["attestation", "is"] : ["attestations", "are"];
  warn({
    code: "attestations-dropped",
    message: `${count} ${what} of the image ${verb} left behind: only an index can list them`,
  });
}

/** Copies the referrers of a document, and of everything that was copied with it. */
async function copyAllReferrers(
  { digest }: Document,
  walk: IndexWalk,
  context: CopyContext,
): Promise<void> {
  const subjects = [digest, ...context.copied.keys()];
  const { group: { start } } = context;
  await Promise.all(
    subjects.map((subject) => start(() => copyReferrers(subject, walk, context))),
  );
}

/** The images with their platforms. The config of a single image is read only if platforms were requested, since that takes a request. */
async function nameImages(
  { document, entry, images }: Selection,
  platforms: readonly Platform[],
  context: CopyContext,
): Promise<ImageResult["platforms"]> {
  const parsed = parseDocument(document);
  if (platforms.length === 0 || entry !== undefined || parsed.kind === "index") {
    return images.map((image) => changedImage(image, image.platform));
  }
  const platform = await readPlatform(parsed.manifest, context);
  requirePlatforms(platforms, [platform]);
  return [changedImage(document, platform)];
}

async function readPlatform(
  manifest: Manifest,
  { source, group: { signal } }: CopyContext,
): Promise<Platform | undefined> {
  return isImageManifest(manifest)
    ? configPlatform(await readConfig(source, manifest.config, signal))
    : undefined;
}
