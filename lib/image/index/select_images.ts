/** Selects the images of a base for the requested platforms. */

import type { TaskGroup } from "../../base/task_group.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import type { Digest } from "../../oci/digest.ts";
import { describeDocument, makeDocument, parseDocument } from "../../oci/document.ts";
import {
  type ImageIndex,
  indexEntryKind,
  parseIndex,
  referencedImage,
  replaceInIndex,
} from "../../oci/image_index.ts";
import { OCI_INDEX } from "../../oci/media_type.ts";
import { formatPlatform, matchesPlatform, type Platform } from "../../oci/platform.ts";
import type { Document } from "../../oci/blob_reference.ts";
import type { ManifestFetcher } from "../../storage/repository.ts";
import { readChild } from "./read_child.ts";
import { walkDocuments } from "./index_walk.ts";
import { listImages, type NestedIndex } from "./list_images.ts";

/** Options of {@linkcode selectImages}. */
export interface SelectOptions {
  readonly source: ManifestFetcher;
  readonly group: TaskGroup;
}

/** The selected images of a base. */
export interface Selection {
  /** The base itself, one image of it, or its index with only the selected images. */
  readonly document: Document;
  /** Index entry of `document`, if it is one image of an index. */
  readonly entry?: Descriptor;
  /** Selected images. Those of nested indexes are included only if platforms were requested. */
  readonly images: readonly Descriptor[];
  /** Number of attestations that are lost with the index. */
  readonly attestations: number;
  /** Pruned nested indexes, which are in no repository yet, each after those that are nested in it. */
  readonly made: readonly Document[];
  /** Reads the entries of `document`; those that were read or made already come without a request. */
  readonly documents: ManifestFetcher;
}

/**
 * Selects the images for some platforms, with their attestations, also in nested indexes. A single selected image is taken out of its
 * index. Without a request, and for a base that is a single image, everything stays as it is.
 *
 * @throws {SyntaxError} if an index is invalid.
 * @throws {RangeError} if there is no image for one of the platforms, or the indexes have too many entries or are nested too deep.
 */
export async function selectImages(
  document: Document,
  requested: readonly Platform[],
  { source, group: { signal, start } }: SelectOptions,
): Promise<Selection> {
  const parsed = parseDocument(document);
  const whole = { document, documents: source, attestations: 0, made: [] };
  if (parsed.kind === "manifest") return { ...whole, images: [describeDocument(document)] };
  const { index } = parsed;
  if (requested.length === 0) return { ...whole, images: index.manifests.filter(isImage) };

  // Started in the group, so that all reads end if one fails.
  const reading: ManifestFetcher = {
    name: source.name,
    getManifest: (reference, options) => start(() => source.getManifest(reference, options)),
  };
  const { images, nested } = await listImages(index, {
    walk: walkDocuments(reading, signal),
    parse: parseIndex,
  });
  const picked = matchingImages(images, requested);
  const digests = new Set<Digest | undefined>(picked.map(({ digest }) => digest));
  const [entry, ...others] = picked.filter(isImage);
  if (requested.length === 1 && entry && others.every(({ digest }) => digest === entry.digest)) {
    const listed = [index, ...nested.map((inner) => inner.index)].flatMap(({ manifests }) =>
      manifests
    );
    const lost = listed.filter((other) => digests.has(referencedImage(other)));
    const attestations = new Set(lost.map(({ digest }) => digest)).size;
    const image = await readChild(source, entry, signal);
    return { ...whole, document: image, entry, images: [entry], attestations };
  }

  const { pruned, made } = await pruneAll(index, nested, digests);
  const documents = [...nested.map((inner) => inner.document), ...made];
  const known = new Map<string, Document>(documents.map((inner) => [inner.digest, inner]));
  return {
    ...whole,
    document: pruned === index ? document : await makeIndex(pruned),
    images: picked.filter(isImage),
    made,
    documents: {
      name: source.name,
      getManifest: async (reference, options): Promise<Document> =>
        known.get(reference) ?? await source.getManifest(reference, options),
    },
  };
}

/** Prunes nested indexes, in their order, and then the index itself. A nested index without an image is removed. */
async function pruneAll(
  index: ImageIndex,
  nested: readonly NestedIndex<Document>[],
  images: ReadonlySet<Digest | undefined>,
): Promise<{ pruned: ImageIndex; made: readonly Document[] }> {
  const kept = new Set(images);
  const replaced = new Map<Digest, Descriptor>();
  const made: Document[] = [];
  for (const { document: { digest }, index: inner } of nested) {
    const pruned = prune(inner, kept, replaced);
    if (pruned.manifests.every((entry) => indexEntryKind(entry) === "attestation")) continue;
    kept.add(digest);
    if (pruned === inner) continue;
    const document = await makeIndex(pruned);
    replaced.set(digest, describeDocument(document));
    made.push(document);
  }
  return { pruned: prune(index, kept, replaced), made };
}

async function makeIndex(index: ImageIndex): Promise<Document> {
  return await makeDocument(index, index.mediaType ?? OCI_INDEX);
}

/** Removes all entries of an index except some and their attestations. Returns the same index if nothing is removed. */
function prune(
  index: ImageIndex,
  kept: ReadonlySet<Digest | undefined>,
  replaced: ReadonlyMap<Digest, Descriptor>,
): ImageIndex {
  const manifests = index.manifests.filter((entry) =>
    kept.has(indexEntryKind(entry) === "attestation" ? referencedImage(entry) : entry.digest)
  );
  const { index: pruned } = replaceInIndex({ ...index, manifests }, replaced);
  const isSame = pruned.manifests.length === index.manifests.length &&
    pruned.manifests.every((entry, place) => entry === index.manifests[place]);
  return isSame ? index : pruned;
}

/** Whether an entry of an index is an image. */
export function isImage(entry: Descriptor): boolean {
  return indexEntryKind(entry) === "image";
}

/**
 * The images of a list for some platforms.
 *
 * @throws {RangeError} as {@linkcode requirePlatforms} does.
 */
export function matchingImages(
  images: readonly Descriptor[],
  requested: readonly Platform[],
): readonly Descriptor[] {
  requirePlatforms(requested, images.map(({ platform }) => platform));
  return images.filter(({ platform }) =>
    platform && requested.some((one) => matchesPlatform(one, platform))
  );
}

/**
 * Checks that there is an image for every requested platform.
 *
 * @param available Platforms of the images; undefined for one that does not name its platform.
 * @throws {RangeError} if one is missing.
 */
export function requirePlatforms(
  requested: readonly Platform[],
  available: readonly (Platform | undefined)[],
): void {
  const named = available.filter((platform) => platform !== undefined && platform !== null);
  const missing = requested.find((one) =>
    !named.some((available) => matchesPlatform(one, available))
  );
  if (missing === undefined) return;
  throw new RangeError(
    `Cannot find an image for "${formatPlatform(missing)}": there is ${
      [...new Set(named.map(formatPlatform))].join(", ") || "no image that names its platform"
    }`,
  );
}
