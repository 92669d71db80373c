/** `index.json` of an OCI image layout (OCI image spec 1.1, image-layout.md), which lists its images with their names. */

import type { Bytes } from "../base/bytes.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { isDigest } from "../oci/digest.ts";
import { checkDescriptors } from "../oci/document_body.ts";
import { formatJson, type JsonObject, parseJson } from "../oci/json.ts";
import { OCI_INDEX } from "../oci/media_type.ts";

/** A parsed `index.json`. Unknown fields are kept. */
export interface LayoutIndex {
  readonly manifests: readonly Descriptor[];
  readonly [field: string]: unknown;
}

const REF_NAME = "org.opencontainers.image.ref.name";
/** The annotation for a whole reference, which containerd and Docker write beside the tag or in its place. */
export const CONTAINERD_NAME = "io.containerd.image.name";
/** The most characters of a reference with tag and digest. Matching much longer texts with a regular expression takes too long. */
const LONGEST_NAME = 1_024;

/** The index of a layout without images. */
export const EMPTY_LAYOUT_INDEX: LayoutIndex = {
  schemaVersion: 2,
  mediaType: OCI_INDEX,
  manifests: [],
};

/**
 * Parses an `index.json`.
 *
 * @param what What messages call it.
 * @throws {SyntaxError} if it is invalid.
 */
export function parseLayoutIndex(bytes: Bytes, what: string): LayoutIndex {
  const body = parseJson(bytes, what);
  return { ...body, manifests: checkDescriptors(body["manifests"], what, "manifests") };
}

/** Writes an `index.json`. */
export function formatLayoutIndex(index: LayoutIndex): Bytes {
  return formatJson(index as JsonObject);
}

/** All names of images, each once. */
export function layoutTags(index: LayoutIndex): string[] {
  return [...new Set(index.manifests.map(tagOf).filter((tag) => tag !== undefined))];
}

/**
 * Finds the image of a tag or digest. The empty reference means the only image; so does `latest` if that image has no name.
 *
 * @throws {RangeError} if different images have that name.
 */
export function findInLayout(index: LayoutIndex, reference: string): Descriptor | undefined {
  if (isDigest(reference)) return index.manifests.find(({ digest }) => digest === reference);
  const requested = reference === "" ? "latest" : reference;
  const [found, ...others] = index.manifests.filter((entry) => tagOf(entry) === requested);
  if (others.some((other) => other.digest !== found?.digest)) {
    throw new RangeError(
      `Cannot choose an image of the layout: several go by the tag ${JSON.stringify(requested)}`,
    );
  }
  if (found !== undefined) return found;
  const [only, ...rest] = index.manifests;
  if (only === undefined || rest.length > 0) return undefined;
  return reference === "" || (reference === "latest" && tagOf(only) === undefined)
    ? only
    : undefined;
}

/**
 * Points a tag at another image. The tag's entry keeps its position and its names; other entries stay as they are.
 *
 * @throws {RangeError} if the tag names different images, or entries with different names.
 */
export function tagInLayout(index: LayoutIndex, tag: string, image: Descriptor): LayoutIndex {
  const [first, ...others] = index.manifests.filter((other) => tagOf(other) === tag);
  if (
    others.some((other) =>
      other.digest !== first?.digest ||
      other.annotations?.[CONTAINERD_NAME] !== first.annotations?.[CONTAINERD_NAME]
    )
  ) {
    throw new RangeError(
      `Cannot tag an image of the layout: several go by the tag ${JSON.stringify(tag)}`,
    );
  }
  const entry: Descriptor = { ...image, annotations: { ...lastingName(first), [REF_NAME]: tag } };
  const place = index.manifests.findIndex((other) => tagOf(other) === tag);
  const manifests = index.manifests.filter((other) => tagOf(other) !== tag);
  manifests.splice(place < 0 ? manifests.length : place, 0, entry);
  return { ...index, manifests };
}

/**
 * Removes the entries of a tag, or all entries of a digest.
 *
 * @returns the new index; undefined if there are no such entries.
 */
export function removeFromLayout(index: LayoutIndex, reference: string): LayoutIndex | undefined {
  const isMeant = (entry: Descriptor): boolean =>
    isDigest(reference) ? entry.digest === reference : tagOf(entry) === reference;
  if (!index.manifests.some(isMeant)) return undefined;
  return { ...index, manifests: index.manifests.filter((entry) => !isMeant(entry)) };
}

/**
 * The annotation with the entry's whole name, which the new image gets too, so that engines find it by that name. All other annotations,
 * and a name with a digest, are about the old image.
 */
function lastingName(entry: Descriptor | undefined): Readonly<Record<string, string>> {
  const name = entry?.annotations?.[CONTAINERD_NAME];
  return typeof name === "string" && !name.includes("@") ? { [CONTAINERD_NAME]: name } : {};
}

function tagOf({ annotations }: Descriptor): string | undefined {
  const name = annotations?.[REF_NAME];
  if (typeof name === "string") return name;
  const full = annotations?.[CONTAINERD_NAME];
  if (typeof full !== "string" || full.length > LONGEST_NAME) return undefined;
  return /:([^:/@]+)(?:@.*)?$/.exec(full)?.[1];
}
