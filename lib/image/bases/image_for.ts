/** Reads the image of a platform. */

import { configPlatform, type ImageConfig } from "../../oci/config.ts";
import type { Document } from "../../oci/blob_reference.ts";
import { parseDocument } from "../../oci/document.ts";
import { parseIndex } from "../../oci/image_index.ts";
import { isImageManifest, type Manifest } from "../../oci/manifest.ts";
import { formatPlatform, matchesPlatform, type Platform } from "../../oci/platform.ts";
import type { Repository } from "../../storage/repository.ts";
import { walkDocuments } from "../index/index_walk.ts";
import { listImages } from "../index/list_images.ts";
import { isImage } from "../index/select_images.ts";
import { readChild } from "../index/read_child.ts";
import { readConfig } from "./read_config.ts";

/** An image that was read. */
export interface ImageFor {
  readonly document: Document;
  readonly manifest: Manifest;
  readonly config: ImageConfig;
}

/** Options of {@linkcode readImageFor}. */
export interface ImageForOptions {
  readonly source: Repository;
  readonly signal: AbortSignal;
}

/**
 * Reads the image for a platform: the matching one of an index, or a single image that matches.
 *
 * @param platform Undefined reads a single image of any platform.
 * @returns undefined if there is none.
 */
export async function readImageFor(
  platform: Platform | undefined,
  reference: string,
  { source, signal }: ImageForOptions,
): Promise<ImageFor | undefined> {
  const document = await source.getManifest(reference, { signal });
  const parsed = parseDocument(document);
  if (parsed.kind === "manifest") {
    const image = await readImage(document, parsed.manifest, { source, signal });
    const own = image && configPlatform(image.config);
    const matches = platform === undefined || own === undefined || isSamePlatform(platform, own);
    return matches ? image : undefined;
  }
  if (platform === undefined) return undefined;
  const walk = walkDocuments(source, signal);
  const { images } = await listImages(parsed.index, { walk, parse: parseIndex });
  const matching = images.filter((entry) =>
    isImage(entry) && entry.platform && isSamePlatform(platform, entry.platform)
  );
  // Of several variants or versions, the one whose platform is equal.
  const entry =
    matching.find(({ platform: own }) => own && formatPlatform(own) === formatPlatform(platform)) ??
      matching[0];
  if (entry === undefined) return undefined;
  const child = await readChild(source, entry, signal);
  const found = parseDocument(child);
  return found.kind === "index"
    ? undefined
    : await readImage(child, found.manifest, { source, signal });
}

async function readImage(
  document: Document,
  manifest: Manifest,
  { source, signal }: ImageForOptions,
): Promise<ImageFor | undefined> {
  if (!isImageManifest(manifest)) return undefined;
  return { document, manifest, config: await readConfig(source, manifest.config, signal) };
}

/** Whether two platforms match; each may leave out what the other says. */
function isSamePlatform(one: Platform, other: Platform): boolean {
  return matchesPlatform(one, other) || matchesPlatform(other, one);
}
