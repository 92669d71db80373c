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
  /** Images, and what belongs to them. */
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
  /** Annotations to set on the index; null takes one out. */
  readonly annotations?: MapEdit | undefined;
}

/** Result of {@linkcode replaceInIndex}. */
export interface ReplacedIndex {
  readonly index: ImageIndex;
  /** Attestations that were left out, because the image that they speak of is no longer in the index. */
  readonly dropped: readonly Descriptor[];
}

/** Kind of an index entry. Anything but an image or an index is kept and never read. */
export type IndexEntryKind = "image" | "index" | "attestation" | "other";

// BuildKit, docs/attestations/attestation-storage.md.
const REFERENCE_TYPE = "vnd.docker.reference.type";
const REFERENCE_DIGEST = "vnd.docker.reference.digest";

/**
 * Parses an index. Its `mediaType` is filled in where it was left out.
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

/** Tells images, which layers can go onto, from attestations, nested indexes and what else an index may list. */
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
 * Puts changed images in the place of the old ones. Each keeps its platform, annotations and unknown fields. Attestations of changed
 * images are dropped: they speak of bytes that are no longer there.
 *
 * @param replacements By the digest of the old image, or nested index. Pass those of all levels, so that an attestation
 *     is found to be outdated wherever it stands.
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
      // A descriptor's embedded data is the old image's.
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

/** Gives an index OCI's media type; its entries stay as they are. */
export function convertIndexToOci(index: ImageIndex): ImageIndex {
  return { ...index, mediaType: OCI_INDEX };
}

/** The digest of the image that an attestation is about, where it names one. */
export function referencedImage(attestation: Descriptor): Digest | undefined {
  const digest = attestation.annotations?.[REFERENCE_DIGEST];
  return isDigest(digest) ? digest : undefined;
}
