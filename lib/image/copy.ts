/** Copies images as they are, from one place to another. */

import { createLimiter } from "../base/limiter.ts";
import { runTasks } from "../base/task_group.ts";
import { makeDocument, parseDocument } from "../oci/document.ts";
import { type ImageIndex, indexEntryKind } from "../oci/index.ts";
import { locationReference, parseLocation } from "../oci/location.ts";
import { OCI_INDEX } from "../oci/media_type.ts";
import { formatPlatform, parsePlatform, type Platform } from "../oci/platform.ts";
import type { Document, Repository } from "../oci/repository.ts";
import { type AccessOptions, createAccess } from "./access.ts";
import { BlobMover } from "./blob_mover.ts";
import type { ImageResult } from "./change_image.ts";
import { copyContents, readChild } from "./copy_contents.ts";
import { dryRunRepository } from "./dry_run.ts";
import { selectImages } from "./select_images.ts";
import { formatTarget, parseTarget, putTags } from "./target.ts";

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
  const { dryRun = false } = options;
  const access = await createAccess(options);
  const opened = access.open(to.location, dryRun ? "pull" : "push");
  const sourceRepository = access.open(from, "pull");
  // One repository needs one token, for both.
  const reader = opened.isSame(sourceRepository) ? opened : sourceRepository;
  const writer = dryRun ? dryRunRepository(opened, access) : opened;

  return await runTasks(options.signal, async (group) => {
    const { signal } = group;
    const found = await reader.getManifest(locationReference(from), { signal });
    const document = await pickImages(found, platforms, reader, signal);
    const work = {
      source: reader,
      target: writer,
      group,
      mover: new BlobMover({
        source: reader,
        target: writer,
        limit: createLimiter(access.concurrency),
        transfer: access.transfer,
        signal,
        onProgress: ({ digest, size }, bytes) =>
          options.onProgress?.({ kind: "copy", digest, bytes, total: size }),
      }),
    };
    await copyContents(document, work);
    await putTags(to, document, work);
    const { digest, mediaType, bytes } = document;
    return {
      target: formatTarget(to),
      digest,
      mediaType,
      size: bytes.length,
      tags: to.tags,
      platforms: listImages(document),
      layers: [],
      transfer: { ...access.transfer },
      warnings: access.warnings,
      ...(dryRun ? { dryRun } : {}),
    };
  });
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
