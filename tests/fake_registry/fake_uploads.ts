/** The upload half of a fake registry: sessions, chunks, the closing PUT. */

import type { Bytes } from "../../lib/base/bytes.ts";
import { isDigest } from "../../lib/oci/digest.ts";
import { answer, refuse } from "./answer.ts";
import type { Clock } from "./clock.ts";
import type { FakeRequest } from "./fake_request.ts";
import type { Profile } from "./profile.ts";
import { type FakeStore, sessionBytes, sha256, type UploadSession } from "./store.ts";

/** What an upload is done with. */
export interface UploadContext {
  readonly store: FakeStore;
  readonly profile: Profile;
  readonly origin: string;
  readonly clock: Clock | undefined;
}

/** `POST /v2/NAME/blobs/uploads/` */
export function startUpload(
  request: FakeRequest,
  repository: string,
  { store, profile, origin }: UploadContext,
): Response {
  const mount = request.url.searchParams.get("mount");
  const from = request.url.searchParams.get("from");
  if (from !== null && mount === null) return refuse(400, "UNSUPPORTED", "from without mount");
  if (mount !== null && from !== null) {
    const bytes = store.repositories.get(from)?.blobs.get(mount);
    if (profile.mounts === "unauthorized" && bytes === undefined) {
      return refuse(401, "UNAUTHORIZED", "no such project");
    }
    if (profile.mounts !== "off" && bytes !== undefined) {
      store.repository(repository).blobs.set(mount, bytes);
      return answer(201, {
        location: `/v2/${repository}/blobs/${mount}`,
        "docker-content-digest": mount,
      });
    }
  }
  const session = store.startSession(repository);
  const headers: Record<string, string> = { range: "0-0" };
  if (profile.chunkMinLength) headers["oci-chunk-min-length"] = String(profile.chunkMinLength);
  if (profile.chunkMaxLength) headers["oci-chunk-max-length"] = String(profile.chunkMaxLength);
  return answer(202, { ...headers, ...place(session, profile, origin) });
}

/** Anything below `/v2/NAME/blobs/uploads/`. */
export async function continueUpload(
  request: FakeRequest,
  repository: string,
  id: string,
  context: UploadContext,
): Promise<Response> {
  const { store, profile, origin } = context;
  const session = store.sessions.get(id);
  if (session === undefined || session.repository !== repository) {
    return refuse(404, "BLOB_UPLOAD_UNKNOWN", "upload unknown");
  }
  // Requests that only look do not need the latest state; distribution refuses all others.
  if (
    request.method !== "GET" && request.url.searchParams.get("_state") !== String(session.state)
  ) {
    return refuse(404, "BLOB_UPLOAD_INVALID", "stale state");
  }
  switch (request.method) {
    case "GET":
      return answer(204, { ...progress(session, profile), ...place(session, profile, origin) });
    case "DELETE":
      store.sessions.delete(id);
      return answer(204);
    case "PATCH":
      return await patch(request, session, context);
    case "PUT":
      return await put(request, session, context);
    default:
      return refuse(405, "UNSUPPORTED", "method");
  }
}

async function patch(
  request: FakeRequest,
  session: UploadSession,
  { store, profile, origin }: UploadContext,
): Promise<Response> {
  const range = request.headers.get("content-range");
  const length = request.contentLength;
  const wrong = binaryFlaw(request) ?? tooLarge(request, profile);
  if (wrong !== undefined) return wrong;
  if (profile.lengthRequired && length === undefined) {
    return refuse(411, "UNSUPPORTED", "length required");
  }
  if (profile.onePatchOnly && session.patches > 0) {
    return refuse(400, "BLOB_UPLOAD_INVALID", "only the first write may be a PATCH");
  }
  if (range !== null) {
    const [, first, last] = /^(\d+)-(\d+)$/.exec(range) ?? [];
    if (first === undefined || length === undefined) {
      return refuse(400, "SIZE_INVALID", "bad Content-Range");
    }
    if (Number(last) - Number(first) + 1 !== length) return refuse(400, "SIZE_INVALID", "length");
    if (profile.maxRangedPatch !== undefined && length > profile.maxRangedPatch) {
      return refuse(416, "BLOB_UPLOAD_INVALID", "request body is too large");
    }
    if (Number(first) !== session.size) {
      return refuse(416, "RANGE_INVALID", "out of order", progress(session, profile));
    }
    if (profile.equalChunks) {
      session.chunkSize ??= length;
      if (length > session.chunkSize || session.size % session.chunkSize !== 0) {
        return refuse(416, "RANGE_INVALID", "chunks must be of one size");
      }
    }
  }
  session.patches++;
  if (profile.stuckSession && !store.hasStuck) session.isStuck = store.hasStuck = true;
  for await (const chunk of request.body) {
    keep(session, chunk);
    if (profile.maxBody !== undefined && session.size > profile.maxBody && length === undefined) {
      return refuse(413, "", "entity too large");
    }
  }
  session.firstEnd ??= session.size;
  session.state++;
  return answer(profile.patchStatus ?? 202, {
    ...progress(session, profile),
    ...place(session, profile, origin),
  });
}

async function put(
  request: FakeRequest,
  session: UploadSession,
  { store, profile, clock }: UploadContext,
): Promise<Response> {
  const digest = request.url.searchParams.get("digest");
  if (!isDigest(digest)) return refuse(400, "DIGEST_INVALID", "no digest");
  if (session.isStuck) return refuse(500, "INTERNAL_ERROR", "internal error");
  const length = request.contentLength;
  const wrong = length === 0 ? undefined : binaryFlaw(request) ?? tooLarge(request, profile);
  if (wrong !== undefined) return wrong;
  if (length !== 0 && profile.putRefusesBody) return refuse(404, "BLOB_UPLOAD_UNKNOWN", "no");
  if (profile.lengthRequired && length === undefined) return refuse(411, "UNSUPPORTED", "length");
  if (length === 0 && session.size === 0 && profile.equalChunks) {
    return answer(500, {}, "<html>no parts</html>");
  }
  if (length === undefined && profile.putNeedsLength) await drain(request);
  else for await (const chunk of request.body) keep(session, chunk);
  const bytes = sessionBytes(session);
  const actual = await (clock === undefined ? sha256(bytes) : clock.hold(sha256(bytes)));
  store.sessions.delete(session.id);
  if (actual !== digest) return refuse(400, "DIGEST_INVALID", "provided digest did not match");
  const { blobs } = store.repository(session.repository);
  if (profile.storesAfter !== undefined) {
    if (clock === undefined) throw new TypeError("a profile with storesAfter needs a clock");
    clock.delay(profile.storesAfter).then(() => blobs.set(digest, bytes));
    return answer(202);
  }
  blobs.set(digest, bytes);
  return answer(201, {
    location: `/v2/${session.repository}/blobs/${digest}`,
    "docker-content-digest": digest,
  });
}

function binaryFlaw(request: FakeRequest): Response | undefined {
  if (request.headers.get("content-type") === "application/octet-stream") return undefined;
  return answer(500, {}, "wrong Content-Type");
}

function tooLarge({ contentLength }: FakeRequest, { maxBody }: Profile): Response | undefined {
  if (maxBody === undefined || contentLength === undefined || contentLength <= maxBody) return;
  return answer(413, { "content-type": "text/html" }, "<html><h1>413 Entity Too Large</h1></html>");
}

function keep(session: UploadSession, chunk: Bytes): void {
  session.chunks.push(chunk);
  session.size += chunk.length;
}

async function drain(request: FakeRequest): Promise<void> {
  for await (const _ of request.body);
}

function progress(session: UploadSession, profile: Profile): Record<string, string> {
  const end = profile.stuckRange ? session.firstEnd ?? 0 : session.size;
  return { range: `0-${Math.max(0, end - 1)}` };
}

function place(session: UploadSession, profile: Profile, origin: string): Record<string, string> {
  const path = `/v2/${session.repository}/blobs/uploads/${session.id}?_state=${session.state}`;
  return { location: profile.location === "absolute" ? origin + path : path };
}
