/** Parses and makes documents: manifests and indexes. */

import type { Bytes } from "../base/bytes.ts";
import type { Descriptor } from "./descriptor.ts";
import { type Digest, digestOf } from "./digest.ts";
import { readBody, withMediaType } from "./document_body.ts";
import { type ImageIndex, parseIndex } from "./image_index.ts";
import { formatJson, type JsonObject } from "./json.ts";
import { type Manifest, parseManifest } from "./manifest.ts";
import type { Document } from "./blob_reference.ts";

/** A parsed document: a manifest or an index. */
export type ParsedDocument =
  | { readonly kind: "manifest"; readonly manifest: Manifest }
  | { readonly kind: "index"; readonly index: ImageIndex };

/**
 * Parses a manifest or an index.
 *
 * @throws {SyntaxError} if it is neither, or could be read as both (CVE-2021-41190), if its media type differs from that of the answer, if a
 *     descriptor in it is invalid, or if it is Docker's schema 1.
 */
export function parseDocument(document: Document): ParsedDocument {
  return readBody(document).kind === "manifest"
    ? { kind: "manifest", manifest: parseManifest(document) }
    : { kind: "index", index: parseIndex(document) };
}

/**
 * Writes a manifest or an index as bytes, with its media type.
 *
 * @param digest Hashes bytes, on runtimes without Web Crypto.
 * @throws {TypeError} if the object has another media type.
 */
export async function makeDocument(
  object: JsonObject,
  mediaType: string,
  digest: (bytes: Bytes) => Digest | Promise<Digest> = digestOf,
): Promise<Document> {
  const own = object["mediaType"];
  if (own !== undefined && own !== mediaType) {
    throw new TypeError(`Cannot write ${JSON.stringify(own)} as "${mediaType}": they differ`);
  }
  const bytes = formatJson(withMediaType(object, mediaType));
  return { bytes, mediaType, digest: await digest(bytes) };
}

/** Makes the descriptor of a document. */
export function describeDocument(document: Document): Descriptor {
  const { mediaType, digest, bytes } = document;
  return { mediaType, digest, size: bytes.length };
}
