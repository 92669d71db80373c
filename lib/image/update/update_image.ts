/** Changes a single image, or all images of an index. */

import { configPlatform } from "../../oci/config.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import type { Digest } from "../../oci/digest.ts";
import { describeDocument, makeDocument, parseDocument } from "../../oci/document.ts";
import {
  convertIndexToOci,
  type ImageIndex,
  mayHoldImages,
  replaceInIndex,
} from "../../oci/image_index.ts";
import { isImageManifest, type Manifest } from "../../oci/manifest.ts";
import type { MapEdit } from "../../oci/patch.ts";
import { familyOf, indexMediaType } from "../../oci/media_type.ts";
import { formatPlatform, type Platform } from "../../oci/platform.ts";
import type { Document } from "../../oci/blob_reference.ts";
import { type IndexWalk, type VisitResults, walkDocuments } from "../index/index_walk.ts";
import { copyEntry } from "../transfer/copy_contents.ts";
import { putDocument } from "../transfer/put_document.ts";
import type { BuildContext } from "./build_context.ts";
import type { UpdatedManifest } from "./update_manifest.ts";
import { requirePlatforms, type Selection } from "../index/select_images.ts";

/** A new image of a result. */
export interface ChangedImage {
  /** Platform, `OS/ARCH[/VARIANT]`; absent if neither the index nor the config names it. */
  readonly platform?: string;
  /** Digest of its manifest. */
  readonly digest: Digest;
}

/** A changed manifest or index. It is not in the target yet, but its contents are. */
export interface UpdatedImage {
  readonly document: Document;
  /** Images, in the order of the index. */
  readonly images: readonly ChangedImage[];
  /** Descriptors of the changed images and indexes below it, by their old digests. */
  readonly replaced: ReadonlyMap<Digest, Descriptor>;
  /** Whether nothing was changed. */
  readonly isUnchanged: boolean;
}

/** How the images of a base are changed. */
export interface ImageUpdate extends Pick<BuildContext, "copy" | "warn"> {
  /** Changes one image. When this settles, its contents are in the target. */
  readonly update: (document: Document, manifest: Manifest) => Promise<UpdatedManifest>;
  /** Whether images become OCI images, so that their index must become one too. */
  readonly becomesOci: () => Promise<boolean>;
  /** Annotations of the index to set; null removes one. */
  readonly annotations?: MapEdit | undefined;
}

interface UpdateContext {
  readonly build: ImageUpdate;
  /** By the digests in the base; undefined for an entry that is no image. */
  readonly updated: VisitResults<UpdatedImage | undefined>;
}

/**
 * Changes an image, or all images of an index.
 *
 * @param platforms Requested platforms, one of which a single image must have; empty means any.
 * @throws {SyntaxError} if a document of the base is invalid, or not that of a container image.
 * @throws {RangeError} if a single image has another platform, or indexes have too many entries or are nested too deep.
 */
export async function updateImage(
  { document, entry, attestations, documents }: Selection,
  platforms: readonly Platform[],
  build: ImageUpdate,
): Promise<UpdatedImage> {
  if (attestations > 0) warnOfAttestations(attestations, build);
  const walk = walkDocuments(documents, build.copy.group.signal);
  const context: UpdateContext = { build, updated: new Map() };
  if (entry === undefined) return await updateDocument(document, { platforms, walk }, context);
  // The platform of the index entry counts; a config may say less.
  return nameByEntry(await updateDocument(document, { platforms: [], walk }, context), entry);
}

async function updateDocument(
  document: Document,
  { platforms, walk }: { readonly platforms: readonly Platform[]; readonly walk: IndexWalk },
  context: UpdateContext,
): Promise<UpdatedImage> {
  const { build } = context;
  const parsed = parseDocument(document);
  if (parsed.kind === "manifest") {
    const { manifest } = parsed;
    if (!isImageManifest(manifest)) {
      throw new SyntaxError(
        `Cannot change "${document.digest}" of ${build.copy.source.name}: it is not a container image, its config is "${manifest.config.mediaType}"`,
      );
    }
    const { document: changed, config, isUnchanged } = await build.update(
      document,
      manifest,
    );
    const platform = configPlatform(config);
    requirePlatforms(platforms, [platform]);
    const images = [changedImage(changed, platform)];
    return { document: changed, images, replaced: new Map(), isUnchanged };
  }
  return await updateIndex(document, parsed.index, walk, context);
}

async function updateIndex(
  outer: Document,
  index: ImageIndex,
  walk: IndexWalk,
  context: UpdateContext,
): Promise<UpdatedImage> {
  const { build } = context;
  const { group: { start }, source } = build.copy;
  const below = walk.into(index);
  const children = await Promise.all(
    index.manifests.map((entry) => start(() => updateEntry(entry, below, context))),
  );
  const updated = children.filter((child) => child !== undefined);
  if (updated.length === 0) {
    throw new SyntaxError(`Cannot change the index of ${source.name}: it holds no container image`);
  }
  below.requireFew(updated.reduce((sum, { images }) => sum + images.length, 0));
  const replaced = new Map<Digest, Descriptor>();
  for (const inner of new Set(updated.map((child) => child.replaced))) {
    for (const [old, changed] of inner) replaced.set(old, changed);
  }
  for (const { replaces, document, isUnchanged } of updated) {
    if (!isUnchanged) replaced.set(replaces, describeDocument(document));
  }
  const images = updated.flatMap((child) => child.images);
  if (updated.every(({ isUnchanged }) => isUnchanged)) {
    await Promise.all(
      index.manifests.map((entry) => start(() => copyEntry(entry, below, build.copy))),
    );
    return { document: outer, images, replaced: new Map(), isUnchanged: true };
  }
  const converted = await build.becomesOci() ? convertIndexToOci(index) : index;
  const family = familyOf(converted.mediaType ?? "");
  // Docker's manifest lists have no annotations (Docker image manifest v2, schema 2).
  const annotations = walk.isTop && family === "oci" ? build.annotations : undefined;
  const { index: changed, dropped } = replaceInIndex(converted, replaced, { annotations });
  if (dropped.length > 0) warnOfAttestations(dropped.length, build);

  const kept = changed.manifests.filter((entry) => index.manifests.includes(entry));
  await Promise.all(kept.map((entry) => start(() => copyEntry(entry, below, build.copy))));
  const document = await makeDocument(changed, indexMediaType(family));
  return { document, images, replaced, isUnchanged: false };
}

/** Changes one entry of an index and puts its manifest by digest; undefined if it is no image, and stays as it is. */
async function updateEntry(
  entry: Descriptor,
  walk: IndexWalk,
  context: UpdateContext,
): Promise<UpdatedImage & { replaces: Digest } | undefined> {
  if (!mayHoldImages(entry)) return undefined;
  const updated = await walk.visit(entry, context.updated, async (child) => {
    const parsed = parseDocument(child);
    if (parsed.kind === "manifest" && !isImageManifest(parsed.manifest)) return undefined;
    const made = await updateDocument(child, { platforms: [], walk }, context);
    const { target, source } = context.build.copy;
    const isThere = made.isUnchanged && target.isSame(source);
    if (!isThere) await putDocument(made.document.digest, made.document, context.build.copy);
    return made;
  });
  return updated && { ...nameByEntry(updated, entry), replaces: entry.digest };
}

/** Gives an image the platform of its index entry, which counts more than the config's. */
function nameByEntry(updated: UpdatedImage, { platform }: Descriptor): UpdatedImage {
  return platform ? { ...updated, images: [changedImage(updated.document, platform)] } : updated;
}

/** Describes a new image for a result. */
export function changedImage(
  { digest }: Pick<Descriptor, "digest">,
  platform: Platform | undefined,
): ChangedImage {
  return platform ? { platform: formatPlatform(platform), digest } : { digest };
}

function warnOfAttestations(count: number, { warn }: Pick<BuildContext, "warn">): void {
  const [what, verb] = count === 1 ? ["attestation", "is"] : ["attestations", "are"];
  warn({
    code: "attestations-dropped",
    message:
      `${count} ${what} of the base ${verb} left out: what it says no longer holds for the changed image`,
  });
}
