/** Lists what a document points at. */

import type { Descriptor } from "../../oci/descriptor.ts";
import { parseDocument } from "../../oci/document.ts";
import { checkDescriptor } from "../../oci/document_body.ts";
import { type JsonObject, parseJson } from "../../oci/json.ts";
import type { Document } from "../../oci/blob_reference.ts";

/** Descriptors of a document: what has to be in a repository before it. */
export interface DocumentContents {
  /** Config and layers. */
  readonly blobs: readonly Descriptor[];
  /** What an index lists. */
  readonly manifests: readonly Descriptor[];
}

/**
 * Lists what a manifest or an index points at.
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
 * Lists what a document of an unknown type points at, as far as it has the fields of known ones, or of OCI 1.1-rc's artifact manifest. An
 * unknown type is no error (OCI image spec 1.1, image-index.md).
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
  // Its layers are not listed as descriptors, so that a copy would lack them.
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
