/** Makes changed images of existing ones: a single image, or all images of an index. */

import { configPlatform } from "../oci/config.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";
import { describeDocument, makeDocument, parseDocument } from "../oci/document.ts";
import {
  convertIndexToOci,
  type ImageIndex,
  indexEntryKind,
  replaceInIndex,
} from "../oci/index.ts";
import { familyOf, indexMediaType } from "../oci/media_type.ts";
import { formatPlatform, type Platform } from "../oci/platform.ts";
import type { Document } from "../oci/repository.ts";
import { copyEntry, readChild } from "./copy_contents.ts";
import { putDocument } from "./put_document.ts";
import { isImageManifest, needOci, rebuildManifest, type RebuildWork } from "./rebuild_manifest.ts";
import { requirePlatforms, selectImages } from "./select_images.ts";

/** An image that was made. */
export interface RebuiltImage {
  /** `OS/ARCH[/VARIANT]`; absent where neither the index nor the config names it. */
  readonly platform?: string;
  /** Of its manifest. */
  readonly digest: Digest;
}

/** A document that was made. It is not in the target yet, but everything that it points at is. */
export interface Rebuilt {
  readonly document: Document;
  /** In the order of the index. */
  readonly images: readonly RebuiltImage[];
}

/**
 * Changes an image, or all images of an index. One image picked from an index comes out without the index, as other tools do it.
 *
 * @param platforms Images of an index to keep and change; empty means all.
 * @throws {SyntaxError} if a document of the base is invalid, or not that of a container image.
 * @throws {RangeError} if no image of the base is for a wanted platform.
 */
export async function rebuild(
  document: Document,
  platforms: readonly Platform[],
  work: RebuildWork,
): Promise<Rebuilt> {
  const parsed = parseDocument(document);
  if (parsed.kind === "manifest") {
    const { manifest } = parsed;
    if (!isImageManifest(manifest)) {
      throw new SyntaxError(
        `Cannot change "${document.digest}" of ${work.source.name}: it is not a container image, its config is "${manifest.config.mediaType}"`,
      );
    }
    const { document: changed, config } = await rebuildManifest(manifest, work);
    const platform = configPlatform(config);
    requirePlatforms(platforms, platform === undefined ? [] : [platform]);
    return { document: changed, images: [rebuiltImage(changed, platform)] };
  }
  const index = selectImages(parsed.index, platforms);
  const images = index.manifests.filter((entry) => indexEntryKind(entry) === "image");
  const [only] = images;
  if (platforms.length === 1 && images.length === 1 && only !== undefined) {
    const child = await readChild(work.source, only, work.group.signal);
    if (index.manifests.length > 1) warnOfAttestations(index.manifests.length - 1, work);
    return await rebuild(child, platforms, work);
  }
  return await rebuildIndex(index, work);
}

async function rebuildIndex(index: ImageIndex, work: RebuildWork): Promise<Rebuilt> {
  const { group: { start }, source } = work;
  const children = await Promise.all(
    index.manifests.map((entry) => start(() => rebuildEntry(entry, work))),
  );
  const rebuilt = children.filter((child) => child !== undefined);
  if (rebuilt.length === 0) {
    throw new SyntaxError(`Cannot change the index of ${source.name}: it holds no container image`);
  }
  const replacements = new Map(
    rebuilt.map(({ replaces, document }) => [replaces, describeDocument(document)]),
  );
  const { index: changed, dropped } = replaceInIndex(index, replacements);
  if (dropped.length > 0) warnOfAttestations(dropped.length, work);

  const kept = changed.manifests.filter((entry) => index.manifests.includes(entry));
  await Promise.all(kept.map((entry) => start(() => copyEntry(entry, work))));
  const fitting = needOci(await work.layers) ? convertIndexToOci(changed) : changed;
  const document = await makeDocument(fitting, indexMediaType(familyOf(fitting.mediaType ?? "")));
  return { document, images: rebuilt.flatMap((child) => child.images) };
}

/** Changes one entry of an index and puts its manifest by digest; undefined where it is not an image and stays as it is. */
async function rebuildEntry(
  entry: Descriptor,
  work: RebuildWork,
): Promise<Rebuilt & { replaces: Digest } | undefined> {
  const { source, group: { signal } } = work;
  const kind = indexEntryKind(entry);
  if (kind !== "image" && kind !== "index") return undefined;
  const child = await readChild(source, entry, signal);
  const parsed = parseDocument(child);
  if (parsed.kind === "manifest" && !isImageManifest(parsed.manifest)) return undefined;
  const { document, images } = await rebuild(child, [], work);
  await putDocument(document.digest, document, work);
  return {
    document,
    replaces: entry.digest,
    images: entry.platform === undefined ? images : [rebuiltImage(document, entry.platform)],
  };
}

function rebuiltImage({ digest }: Document, platform: Platform | undefined): RebuiltImage {
  return platform === undefined ? { digest } : { platform: formatPlatform(platform), digest };
}

function warnOfAttestations(count: number, { warn }: RebuildWork): void {
  const [what, verb] = count === 1 ? ["attestation", "is"] : ["attestations", "are"];
  warn(
    `${count} ${what} of the base ${verb} left out: what it says no longer holds for the changed image`,
  );
}
