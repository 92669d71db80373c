/** The common parts of manifests and indexes: their JSON, media type and descriptors. */

import type { Descriptor } from "./descriptor.ts";
import { isDigest } from "./digest.ts";
import { isJsonObject, type JsonObject, parseJson, showJson } from "./json.ts";
import { isIndexMediaType, isManifestMediaType, OCI_INDEX, OCI_MANIFEST } from "./media_type.ts";
import type { Document } from "./blob_reference.ts";

/** The parsed JSON of a document and its kind. */
export interface DocumentBody {
  readonly kind: "manifest" | "index";
  /** Media type without parameters. */
  readonly mediaType: string;
  readonly body: JsonObject;
}

const SCHEMA_1 = /^application\/vnd\.docker\.distribution\.manifest\.v1\+(?:json|prettyjws)$/;
/** Content types of servers that do not know manifests. */
const GENERIC = new Set(["", "application/json", "application/octet-stream", "text/plain"]);

/**
 * Parses a manifest or an index and decides which of the two it is. A document that could be read as both is an attack (CVE-2021-41190), so
 * it must not have the fields of both, and its own media type must be that of the answer.
 *
 * @throws {SyntaxError} if it is neither, both, or Docker's schema 1.
 */
export function readBody(document: Document): DocumentBody {
  const what = `manifest "${document.digest}"`;
  const refuse = (reason: string): SyntaxError => new SyntaxError(`Cannot read ${what}: ${reason}`);

  const sent = bareMediaType(document.mediaType);
  if (SCHEMA_1.test(sent)) throw refuse(OUTDATED);
  const body = parseJson(document.bytes, what);
  const { mediaType: own, schemaVersion } = body;
  if (schemaVersion === 1) throw refuse(OUTDATED);
  if (schemaVersion !== 2) {
    throw refuse(`expected schemaVersion 2, got ${showJson(schemaVersion)}`);
  }
  if (own !== undefined && typeof own !== "string") throw refuse("its mediaType is not a string");

  const looksLikeIndex = body["manifests"] !== undefined;
  const looksLikeManifest = body["config"] !== undefined || body["layers"] !== undefined;
  if (looksLikeIndex && looksLikeManifest) {
    throw refuse('it is ambiguous, with "manifests" beside "config" or "layers"');
  }
  const mediaType = isGenericMediaType(sent)
    ? own ?? (looksLikeIndex ? OCI_INDEX : OCI_MANIFEST)
    : sent;
  if (own !== undefined && own !== mediaType) {
    throw refuse(`it was sent as "${mediaType}" but calls itself ${showJson(own)}`);
  }
  if (isIndexMediaType(mediaType) && looksLikeIndex) return { kind: "index", mediaType, body };
  if (isManifestMediaType(mediaType) && looksLikeManifest) {
    return { kind: "manifest", mediaType, body };
  }
  throw refuse(
    isIndexMediaType(mediaType) || isManifestMediaType(mediaType)
      ? `it was sent as "${mediaType}" but has not its fields`
      : `${showJson(mediaType)} is neither an image manifest nor an index`,
  );
}

const OUTDATED =
  "it is a Docker schema 1 manifest, which is not supported; push the image anew with a current tool";

/** Whether a bare media type is generic, so that the body decides. */
export function isGenericMediaType(mediaType: string): boolean {
  return GENERIC.has(mediaType);
}

/** Adds a document's media type if it has none, since ECR demands one. */
export function withMediaType(body: JsonObject, mediaType: string): JsonObject {
  if (body["mediaType"] !== undefined) return body;
  const { schemaVersion, mediaType: _absent, ...rest } = body;
  return { schemaVersion, mediaType, ...rest };
}

/** A content type without its parameters, in lower case. */
export function bareMediaType(contentType: string): string {
  return (contentType.split(";")[0] ?? "").trim().toLowerCase();
}

/**
 * Checks one descriptor of a document.
 *
 * @param where What messages call it: `layers[2] of manifest "sha256:…"`.
 * @throws {SyntaxError} if it is not a descriptor.
 */
export function checkDescriptor(value: unknown, where: string): Descriptor {
  const refuse = (reason: string): SyntaxError =>
    new SyntaxError(`Cannot read ${where}: ${reason}`);
  if (!isJsonObject(value)) throw refuse("expected a descriptor");
  const { mediaType, digest, size, platform } = value;
  if (typeof mediaType !== "string") throw refuse("its mediaType is not a string");
  if (!isDigest(digest)) throw refuse(`${showJson(digest)} is not a digest`);
  if (typeof size !== "number" || !Number.isSafeInteger(size) || size < 0) {
    throw refuse(`${showJson(size)} is not a size`);
  }
  if (platform !== undefined && platform !== null && !isJsonObject(platform)) {
    throw refuse("its platform is not an object");
  }
  return value as Descriptor;
}

/**
 * Checks a list of descriptors. Go's tools write an empty list as null.
 *
 * @throws {SyntaxError} if it is not one.
 */
export function checkDescriptors(value: unknown, where: string, field: string): Descriptor[] {
  if (value === null) return [];
  if (!Array.isArray(value)) {
    throw new SyntaxError(`Cannot read ${where}: its ${field} are not a list`);
  }
  return value.map((entry, index) => checkDescriptor(entry, `${field}[${index}] of ${where}`));
}
