/** Image indexes (OCI image spec 1.1, image-index.md), and Docker's manifest lists. */

import { editMap, type MapEdit, setFields } from "./patch.ts";
import type { Descriptor } from "./descriptor.ts";
import { type Digest, isDigest } from "./digest.ts";
import { checkDescriptors, readBody, withMediaType } from "./document_body.ts";
import { isIndexMediaType, isManifestMediaType, OCI_INDEX } from "./media_type.ts";
import type { Document } from "./blob_reference.ts";

/** A parsed index. Unknown fields are kept. */
export interface ImageIndex {
  /** Version of the schema: always 2. */
  readonly schemaVersion: 2;
  /** Media type of the index. */
  readonly mediaType?: string;
  /** Images, attestations, nested indexes and others. */
  readonly manifests: readonly Descriptor[];
  /** Annotations by their keys. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** Manifest that the index refers to. */
  readonly subject?: Descriptor;
  /** Any other field. */
  readonly [field: string]: unknown;
}

/** Options of {@linkcode replaceInIndex}. */
export interface ReplaceInIndexOptions {
  /** Annotations to set on the index; null removes one. */
  readonly annotations?: MapEdit | undefined;
}

/** Result of {@linkcode replaceInIndex}. */
export interface ReplacedIndex {
  readonly index: ImageIndex;
  /** Attestations that were left out, since their image is no longer in the index. */
  readonly dropped: readonly Descriptor[];
}

/** Kind of an index entry. Only images and indexes are read; others are kept. */
export type IndexEntryKind = "image" | "index" | "attestation" | "other";

// BuildKit, docs/attestations/attestation-storage.md.
const REFERENCE_TYPE = "vnd.docker.reference.type";
const REFERENCE_DIGEST = "vnd.docker.reference.digest";

/**
 * Parses an index. Its `mediaType` is added if it has none.
 *
 * @throws {SyntaxError} if it is not a valid index, or is ambiguous.
 */
export function parseIndex(document: Document): ImageIndex {
  const { kind, mediaType, body } = readBody(document);
  const what = `index "${document.digest}"`;
  if (kind !== "index") {
    throw new SyntaxError(`Cannot read ${what}: expected an index, got a manifest`);
  }
  const manifests = checkDescriptors(body["manifests"], what, "manifests");
  return { ...withMediaType(body, mediaType), manifests } as unknown as ImageIndex;
}

/** Tells images, to which layers can be appended, from attestations, nested indexes and other entries. */
export function indexEntryKind(descriptor: Descriptor): IndexEntryKind {
  if (
    descriptor.annotations?.[REFERENCE_TYPE] === "attestation-manifest" ||
    (descriptor.platform?.os === "unknown" && descriptor.platform.architecture === "unknown")
  ) return "attestation";
  if (isIndexMediaType(descriptor.mediaType)) return "index";
  return isManifestMediaType(descriptor.mediaType) ? "image" : "other";
}

/** Whether an entry is an image, or an index that may list some. */
export function mayHoldImages(descriptor: Descriptor): boolean {
  const kind = indexEntryKind(descriptor);
  return kind === "image" || kind === "index";
}

/**
 * Replaces images by changed ones. Each entry keeps its platform, annotations and unknown fields. Attestations of changed images are
 * dropped, since they are about other bytes.
 *
 * @param replacements New descriptors by the digests of the old images and nested indexes, on all levels, so that outdated attestations are
 *     found wherever they are.
 */
export function replaceInIndex(
  index: ImageIndex,
  replacements: ReadonlyMap<Digest, Descriptor>,
  options: ReplaceInIndexOptions = {},
): ReplacedIndex {
  const dropped: Descriptor[] = [];
  const manifests: Descriptor[] = [];
  for (const descriptor of index.manifests) {
    const replacement = replacements.get(descriptor.digest);
    if (indexEntryKind(descriptor) === "attestation") {
      const isOutdated = replacements.has(descriptor.annotations?.[REFERENCE_DIGEST] as Digest);
      (isOutdated ? dropped : manifests).push(descriptor);
    } else if (replacement === undefined) {
      manifests.push(descriptor);
    } else {
      // Embedded data is that of the old image.
      const { data: _data, urls: _urls, ...kept } = descriptor;
      const { mediaType, digest, size } = replacement;
      manifests.push({ ...kept, mediaType, digest, size });
    }
  }
  const changed: ImageIndex = { ...index, manifests };
  if (options.annotations === undefined) return { index: changed, dropped };
  const annotations = editMap(index.annotations, options.annotations);
  return { index: setFields(changed, { annotations }), dropped };
}

/** Gives an index OCI's media type; its entries are not changed. */
export function convertIndexToOci(index: ImageIndex): ImageIndex {
  return { ...index, mediaType: OCI_INDEX };
}

/** The digest of the image that an attestation is about, if it names one. */
export function referencedImage(attestation: Descriptor): Digest | undefined {
  const digest = attestation.annotations?.[REFERENCE_DIGEST];
  return isDigest(digest) ? digest : undefined;
}
