/** Lists the contents of a document. */

import type { Descriptor } from "../../oci/descriptor.ts";
import { parseDocument } from "../../oci/document.ts";
import { checkDescriptor } from "../../oci/document_body.ts";
import { type JsonObject, parseJson } from "../../oci/json.ts";
import type { Document } from "../../oci/blob_reference.ts";

/** The descriptors in a document, which have to be in a repository before it. */
export interface DocumentContents {
  /** Config and layers of a manifest. */
  readonly blobs: readonly Descriptor[];
  /** Entries of an index. */
  readonly manifests: readonly Descriptor[];
}

/**
 * Lists the contents of a manifest or an index.
 *
 * @throws {SyntaxError} if it is neither, or invalid.
 */
export function documentContents(document: Document): DocumentContents {
  const parsed = parseDocument(document);
  if (parsed.kind === "index") return { blobs: [], manifests: parsed.index.manifests };
  const { config, layers } = parsed.manifest;
  return { blobs: [config, ...layers], manifests: [] };
}

/**
 * Lists the contents of a document of an unknown type, as far as it has the fields of known types or of OCI 1.1-rc's artifact manifest.
 * An unknown type is no error (OCI image spec 1.1, image-index.md).
 *
 * @throws {SyntaxError} if it is Docker's schema 1.
 */
export function opaqueContents(document: Document): DocumentContents {
  let body: JsonObject;
  try {
    body = parseJson(document.bytes, "it");
  } catch {
    return { blobs: [], manifests: [] };
  }
  // Docker's schema 1, which is refused: it lists its layers without descriptors.
  if (body["schemaVersion"] === 1) return documentContents(document);
  const list = (field: string): Descriptor[] => [body[field]].flat().flatMap(descriptorOf);
  return {
    blobs: [...list("config"), ...list("layers"), ...list("blobs")],
    manifests: list("manifests"),
  };
}

function descriptorOf(value: unknown): Descriptor[] {
  try {
    return [checkDescriptor(value, "it")];
  } catch {
    return [];
  }
}
