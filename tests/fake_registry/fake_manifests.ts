/** The manifest half of a fake registry. */

import { concatBytes } from "../../lib/base/bytes.ts";
import { isDigest } from "../../lib/oci/digest.ts";
import { ACCEPT_MANIFESTS } from "../../lib/oci/media_type.ts";
import { answer, refuse } from "./answer.ts";
import type { FakeRequest } from "./fake_request.ts";
import type { Profile } from "./profile.ts";
import { type FakeRepository, sha256 } from "./store.ts";

/** `/v2/NAME/manifests/REFERENCE` */
export async function serveManifest(
  request: FakeRequest,
  repository: FakeRepository,
  reference: string,
  profile: Profile,
): Promise<Response> {
  if (request.method === "PUT") return await putManifest(request, repository, reference, profile);
  if (request.method === "DELETE") return deleteManifest(repository, reference, profile);
  if (request.method !== "GET" && request.method !== "HEAD") {
    return refuse(405, "UNSUPPORTED", "method");
  }
  if (request.headers.get("accept") !== ACCEPT_MANIFESTS) {
    return refuse(400, "MANIFEST_INVALID", "Accept must name the four media types");
  }
  const manifest = repository.manifest(reference);
  if (manifest === undefined) return refuse(404, "MANIFEST_UNKNOWN", "manifest unknown");
  const headers = {
    "content-type": `${manifest.mediaType}; charset=utf-8`,
    "docker-content-digest": manifest.digest,
  };
  return answer(200, headers, request.method === "HEAD" ? undefined : manifest.bytes);
}

function deleteManifest(
  repository: FakeRepository,
  reference: string,
  { keepsTags = false }: Profile,
): Response {
  if (repository.manifest(reference) === undefined) {
    return refuse(404, "MANIFEST_UNKNOWN", "manifest unknown");
  }
  if (!isDigest(reference)) {
    if (keepsTags) return refuse(405, "UNSUPPORTED", "The operation is unsupported.");
    repository.tags.delete(reference);
    return answer(202);
  }
  repository.manifests.delete(reference);
  for (const [tag, digest] of repository.tags) {
    if (digest === reference) repository.tags.delete(tag);
  }
  return answer(202);
}

interface ManifestLike {
  readonly mediaType?: string;
  readonly config?: { readonly digest: string };
  readonly layers?: readonly { readonly digest: string; readonly urls?: readonly string[] }[];
  readonly manifests?: readonly { readonly digest: string }[];
  readonly subject?: { readonly digest: string };
}

async function putManifest(
  request: FakeRequest,
  repository: FakeRepository,
  reference: string,
  profile: Profile,
): Promise<Response> {
  if (request.contentLength === undefined) return refuse(411, "MANIFEST_INVALID", "no length");
  const chunks = [];
  for await (const chunk of request.body) chunks.push(chunk);
  const bytes = concatBytes(chunks.length === 0 ? [new Uint8Array(0)] : chunks);
  let manifest: ManifestLike;
  try {
    manifest = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return refuse(400, "MANIFEST_INVALID", "not JSON");
  }
  const mediaType = request.headers.get("content-type") ?? "";
  if (profile.needsMediaType && manifest.mediaType === undefined) {
    return refuse(405, "UNSUPPORTED", "Invalid parameter: mediaType");
  }
  if (manifest.mediaType !== undefined && manifest.mediaType !== mediaType) {
    return refuse(400, "MANIFEST_INVALID", "Content-Type is not the mediaType");
  }
  if (profile.ociOnly && !mediaType.startsWith("application/vnd.oci.")) {
    return refuse(415, "MANIFEST_INVALID", "manifest type not supported");
  }
  for (const { digest } of manifest.manifests ?? []) {
    if (!repository.manifests.has(digest)) return refuse(404, "MANIFEST_UNKNOWN", digest);
  }
  const blobs = [...(manifest.layers ?? []).filter(({ urls }) => urls === undefined)];
  if (manifest.config !== undefined) blobs.push(manifest.config);
  const missing = blobs.find(({ digest }) => !repository.blobs.has(digest));
  if (missing !== undefined) {
    const code = profile.missingBlobIsInvalid ? "MANIFEST_INVALID" : "MANIFEST_BLOB_UNKNOWN";
    return refuse(profile.missingBlobIsInvalid ? 400 : 404, code, missing.digest);
  }
  if (
    profile.needsSubject && manifest.subject && !repository.manifests.has(manifest.subject.digest)
  ) {
    return refuse(404, "BLOB_UNKNOWN", "unknown subject");
  }
  const digest = await sha256(bytes);
  if (isDigest(reference) && reference !== digest) return refuse(400, "DIGEST_INVALID", reference);
  if (profile.immutableTags && repository.tags.has(reference)) {
    return refuse(400, "TAG_INVALID", "the tag is immutable");
  }
  repository.manifests.set(digest, { bytes, mediaType });
  if (!isDigest(reference)) repository.tags.set(reference, digest);
  if (profile.bareManifestPut) return answer(201);
  return answer(201, { location: request.url.pathname, "docker-content-digest": digest });
}
