/** `index.json` of an OCI image layout (OCI image spec 1.1, image-layout.md): which names stand for which images. */

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
/** A whole reference, as containerd and Docker write beside the tag, or in its place. */
const CONTAINERD_NAME = "io.containerd.image.name";
/** Characters of a reference with tag and digest; longer ones are none, and take an expression ages. */
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
 * @param what How messages call it.
 * @throws {SyntaxError} if it is not one.
 */
export function parseLayoutIndex(bytes: Bytes, what: string): LayoutIndex {
  const body = parseJson(bytes, what);
  return { ...body, manifests: checkDescriptors(body["manifests"], what, "manifests") };
}

/** Writes an `index.json`. */
export function formatLayoutIndex(index: LayoutIndex): Bytes {
  return formatJson(index as JsonObject);
}

/** The names that images go by, each once. */
export function layoutTags(index: LayoutIndex): string[] {
  return [...new Set(index.manifests.map(tagOf).filter((tag) => tag !== undefined))];
}

/**
 * Finds the image that a tag or digest names. The empty reference means the only image; so does `latest` where it has no name.
 *
 * @throws {RangeError} if different images go by that name.
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
 * Lets a tag name another image. Its entry stays in its place, with the names that it has; all others stay as they are.
 *
 * @throws {RangeError} if different images, or images of different names, go by that tag.
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
 * Takes the images of a tag, or of a digest with all of their tags, out of the list.
 *
 * @returns the index without them; undefined if there is none.
 */
export function removeFromLayout(index: LayoutIndex, reference: string): LayoutIndex | undefined {
  const isMeant = (entry: Descriptor): boolean =>
    isDigest(reference) ? entry.digest === reference : tagOf(entry) === reference;
  if (!index.manifests.some(isMeant)) return undefined;
  return { ...index, manifests: index.manifests.filter((entry) => !isMeant(entry)) };
}

/**
 * The name that an entry has besides its tag: it moves along, or engines that go by it would lose the image. All other annotations, and a
 * name that holds a digest, speak of the image that was there.
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
