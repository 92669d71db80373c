/** Copies images as they are, from one place to another. */

import { runTasks } from "../base/task_group.ts";
import { makeDocument, parseDocument } from "../oci/document.ts";
import { type ImageIndex, indexEntryKind } from "../oci/index.ts";
import { locationReference, parseLocation } from "../oci/location.ts";
import { OCI_INDEX } from "../oci/media_type.ts";
import { formatPlatform, parsePlatform, type Platform } from "../oci/platform.ts";
import type { Document, Repository } from "../oci/repository.ts";
import { type Access, type AccessOptions, withAccess } from "./access.ts";
import { copyContents, readChild } from "./copy_contents.ts";
import { type ImageResult, imageResult } from "./image_result.ts";
import { openBoth } from "./open_both.ts";
import { selectImages } from "./select_images.ts";
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
      const document = await pickImages(found, platforms, work.source, signal);
      await copyContents(document, work);
      await putTags(to, document, work);
      const { dryRun } = options;
      return imageResult({ to, document, images: listImages(document), access, dryRun });
    });
  return await withAccess(options, copy);
}

/** The document to copy: the source's own, unless only some of its images are wanted. */
async function pickImages(
  document: Document,
  platforms: readonly Platform[],
  source: Repository,
  signal: AbortSignal,
): Promise<Document> {
  const parsed = parseDocument(document);
  if (parsed.kind === "manifest" || platforms.length === 0) return document;
  const index = selectImages(parsed.index, platforms);
  const [only, ...others] = imagesOf(index);
  if (platforms.length === 1 && only !== undefined && others.length === 0) {
    return await readChild(source, only, signal);
  }
  return await makeDocument(index, index.mediaType ?? OCI_INDEX);
}

function listImages(document: Document): ImageResult["platforms"] {
  const parsed = parseDocument(document);
  if (parsed.kind === "manifest") return [{ digest: document.digest }];
  return imagesOf(parsed.index).map(({ digest, platform }) =>
    platform ? { platform: formatPlatform(platform), digest } : { digest }
  );
}

function imagesOf(index: ImageIndex): ImageIndex["manifests"] {
  return index.manifests.filter((entry) => indexEntryKind(entry) === "image");
}
