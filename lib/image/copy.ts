/** Copies images as they are, from one place to another. */

import { runTasks } from "../base/task_group.ts";
import { configPlatform } from "../oci/config.ts";
import { parseDocument } from "../oci/document.ts";
import { locationReference, parseLocation } from "../oci/location.ts";
import type { Manifest } from "../oci/manifest.ts";
import { parsePlatform, type Platform } from "../oci/platform.ts";
import type { Document } from "../oci/repository.ts";
import { type Access, type AccessOptions, withAccess } from "./access.ts";
import { copyContents } from "./copy_contents.ts";
import { copyReferrers } from "./copy_referrers.ts";
import type { CopyWork } from "./copy_work.ts";
import { type ImageResult, imageResult } from "./image_result.ts";
import { openBoth } from "./open_both.ts";
import { putDocument } from "./put_document.ts";
import { readConfig } from "./read_config.ts";
import { rebuiltImage } from "./rebuild.ts";
import { isImageManifest } from "./rebuild_manifest.ts";
import { requirePlatforms, selectImages, type Selection } from "./select_images.ts";
import { parseTarget, putTags } from "./target.ts";

/** Options of {@linkcode copyImage}. */
export interface CopyOptions extends AccessOptions {
  /**
   * Images of an index to copy, as `OS/ARCH[/VARIANT]`, with their attestations. A single one comes out without an index.
   *
   * @default all
   */
  readonly platforms?: readonly string[] | undefined;
  /** Further tags for the copy, beside the target's. */
  readonly tags?: readonly string[] | undefined;
  /**
   * Whether to copy what refers to the images too: signatures, attestations, SBOMs and other artifacts, with what refers to those.
   *
   * @default {false}
   */
  readonly referrers?: boolean | undefined;
  /**
   * Read and plan, and send nothing: the result tells what would be sent.
   *
   * @default {false}
   */
  readonly dryRun?: boolean | undefined;
}

/**
 * Copies an image or an index with all that it lists, byte for byte. Within a registry blobs are mounted; else those that are missing
 * are streamed across, several at a time. What a foreign layer's urls lead to is never fetched.
 *
 * @param source A reference or `oci:DIR[:TAG]`.
 * @param target A reference or `oci:DIR[:TAG]`; its tag is `latest` where it has none. It is written last.
 * @throws {SyntaxError} if a location, tag or platform cannot be parsed, or a document of the source is invalid.
 * @throws {RangeError} if the source has no image for a wanted platform.
 * @throws {RegistryError} if a registry refuses or fails.
 * @throws {AuthError} if a registry or token service does not accept the credentials.
 */
export async function copyImage(
  source: string,
  target: string,
  options: CopyOptions = {},
): Promise<ImageResult> {
  const from = parseLocation(source);
  const to = parseTarget(target, options.tags);
  const platforms = (options.platforms ?? []).map(parsePlatform);

  const copy = (access: Access): Promise<ImageResult> =>
    runTasks(options.signal, async (group) => {
      const work = await openBoth(from, to, { ...options, platforms, access, group });
      const { signal } = group;
      const found = await work.source.getManifest(locationReference(from), { signal });
      const base = await selectImages(found, platforms, work);
      const { document } = base;
      const images = await nameImages(base, platforms, work);
      await copyContents(document, { ...work, documents: base.documents });
      // Within one repository all is there but indexes that were made just now.
      const missing = work.target.isSame(work.source) ? base.made : [];
      for (const made of missing) await putDocument(made.digest, made, work);
      if (options.referrers) await copyAllReferrers(document, work);
      await putTags(to, document, work);
      const { dryRun } = options;
      return imageResult({ to, document, images, access, dryRun });
    });
  return await withAccess(options, copy);
}

/** Copies what refers to a document, and to what it lists at any depth, which is copied by then. */
async function copyAllReferrers({ digest }: Document, work: CopyWork): Promise<void> {
  const subjects = [digest, ...work.copied.keys()];
  const { group: { start } } = work;
  await Promise.all(subjects.map((subject) => start(() => copyReferrers(subject, work))));
}

/** The images with their platforms. A single one is only asked for its own where that is wanted: to read its config takes a request. */
async function nameImages(
  { document, entry, images }: Selection,
  platforms: readonly Platform[],
  work: CopyWork,
): Promise<ImageResult["platforms"]> {
  const parsed = parseDocument(document);
  if (platforms.length === 0 || entry !== undefined || parsed.kind === "index") {
    return images.map((image) => rebuiltImage(image, image.platform));
  }
  const platform = await readPlatform(parsed.manifest, work);
  requirePlatforms(platforms, [platform]);
  return [rebuiltImage(document, platform)];
}

async function readPlatform(
  manifest: Manifest,
  { source, group: { signal } }: CopyWork,
): Promise<Platform | undefined> {
  return isImageManifest(manifest)
    ? configPlatform(await readConfig(source, manifest.config, signal))
    : undefined;
}
