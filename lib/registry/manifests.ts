/** Reads, writes and deletes manifests and indexes of a registry. */

import type { Bytes } from "../base/bytes.ts";
import { type Digest, digestAlgorithm, digestOf, isDigest } from "../oci/digest.ts";
import { DigestMismatchError } from "../storage/digest_mismatch_error.ts";
import { parseJson } from "../oci/json.ts";
import { bareMediaType, isGenericMediaType } from "../oci/document_body.ts";
import { ACCEPT_MANIFESTS } from "../oci/media_type.ts";
import type { Document } from "../oci/blob_reference.ts";
import {
  type Endpoint,
  type EndpointRequest,
  failed,
  isWebPage,
  webPageError,
} from "./http/endpoint.ts";
import { dropBody, readAll } from "./http/response_body.ts";
import { RegistryError } from "./http/registry_error.ts";

/** The fields that all requests of a repository have. */
export type ManifestRequest = Omit<EndpointRequest, "method" | "headers" | "body">;

/** The most bytes of a manifest or index that registries take (OCI distribution spec 1.1, Pushing Manifests). */
export const MANIFEST_LIMIT: number = 4 * 1024 * 1024;

const READ_HEADERS = { Accept: ACCEPT_MANIFESTS };

/**
 * Reads a manifest or index. Its digest is computed from the bytes, and the header must agree (CVE-2025-24882).
 *
 * @throws {DigestMismatchError} if it has another digest than the reference or the header.
 * @throws {RegistryError} if there is none.
 */
export async function getManifest(
  endpoint: Endpoint,
  common: ManifestRequest,
  reference: string,
): Promise<Document> {
  const allowance = endpoint.transport.createAllowance();
  const request: EndpointRequest = { ...common, method: "GET", headers: READ_HEADERS, allowance };
  return await endpoint.send(request, async (answer) => {
    const { response } = answer;
    if (response.status !== 200) {
      const hint = response.status === 404 && !isDigest(reference)
        ? {
          kind: "find-tag",
          name: `${endpoint.registry}/${common.repository}`,
          tag: reference,
        } as const
        : undefined;
      throw await failed(request, answer, hint);
    }
    if (isWebPage(response)) throw await webPageError(request, answer);
    const { documents } = endpoint.transport;
    const bytes = await readAll(answer, {
      limit: MANIFEST_LIMIT,
      what: "a manifest",
      onChunk: (size) => documents?.take(size, "a manifest"),
    });
    endpoint.transport.transfer.bytesDownloaded += bytes.length;
    const told = response.headers.get("docker-content-digest");
    const expected = isDigest(reference) ? reference : isDigest(told) ? told : undefined;
    const digest = await digestOf(bytes, expected && digestAlgorithm(expected));
    if (expected !== undefined && digest !== expected) {
      throw new DigestMismatchError(request.action, { expected, actual: digest });
    }
    return { bytes, digest, mediaType: mediaTypeOf(response, bytes) };
  });
}

/** The digest of a tag or manifest; undefined if there is none. */
export async function headManifest(
  endpoint: Endpoint,
  common: ManifestRequest,
  reference: string,
): Promise<Digest | undefined> {
  const request: EndpointRequest = { ...common, method: "HEAD", headers: READ_HEADERS };
  const digest = await endpoint.send(request, async (answer) => {
    const { response, exchange } = answer;
    const { status } = response;
    if (status !== 200 && status !== 404 && status !== 405) throw await failed(request, answer);
    await dropBody(response, exchange);
    if (status === 404) return undefined;
    const told = response.headers.get("docker-content-digest");
    return status === 200 && isDigest(told) ? told : "unknown";
  });
  if (digest !== "unknown") return digest;
  try {
    return (await getManifest(endpoint, common, reference)).digest;
  } catch (error) {
    if (error instanceof RegistryError && error.status === 404) return undefined;
    throw error;
  }
}

/**
 * Writes a manifest or index.
 *
 * @throws {RegistryError} if the registry refuses it, or stores other bytes.
 */
export async function putManifest(
  endpoint: Endpoint,
  common: ManifestRequest,
  reference: string,
  { bytes, mediaType, digest }: Document,
): Promise<void> {
  const request: EndpointRequest = {
    ...common,
    method: "PUT",
    headers: { "Content-Type": mediaType },
    body: () => bytes,
  };
  try {
    await endpoint.send(request, async (answer) => {
      const { response, exchange } = answer;
      if (![200, 201, 202, 204].includes(response.status)) throw await failed(request, answer);
      await dropBody(response, exchange);
      const told = response.headers.get("docker-content-digest");
      if (isDigest(told) && told.startsWith("sha256:") && told !== digest) {
        throw new DigestMismatchError(request.action, { expected: digest, actual: told });
      }
    });
  } catch (error) {
    // An immutable tag may already have this digest, perhaps by an earlier attempt whose answer was lost.
    const isTaken = error instanceof RegistryError &&
      (error.status === 409 || error.codes.includes("TAG_INVALID"));
    if (!isTaken || await headManifest(endpoint, common, reference) !== digest) throw error;
  }
}

/**
 * Deletes a tag or, by its digest, a manifest.
 *
 * @throws {RegistryError} if there is none, or the registry refuses.
 */
export async function deleteManifest(endpoint: Endpoint, common: ManifestRequest): Promise<void> {
  const request: EndpointRequest = { ...common, method: "DELETE" };
  await endpoint.send(request, async (answer) => {
    const { response, exchange } = answer;
    if (![200, 202, 204].includes(response.status)) throw await failed(request, answer);
    await dropBody(response, exchange);
  });
}

/** The media type of the answer, without parameters; if that says nothing, the one in the document. */
function mediaTypeOf({ headers }: Response, bytes: Bytes): string {
  const told = bareMediaType(headers.get("content-type") ?? "");
  if (!isGenericMediaType(told)) return told;
  try {
    const { mediaType } = parseJson(bytes, "a manifest");
    return typeof mediaType === "string" ? mediaType : told;
  } catch {
    return told;
  }
}
