/** What a fake registry and its storage give to readers: blobs, tags and referrers. */

import { answer, refuse } from "./answer.ts";
import type { FakeRequest } from "./fake_request.ts";
import type { Profile } from "./profile.ts";
import type { FakeStore } from "./store.ts";

/** `GET` and `HEAD` of a blob. */
export function serveBlob(
  request: FakeRequest,
  name: string,
  digest: string,
  store: FakeStore,
  profile: Profile,
): Response {
  const isHead = request.method === "HEAD";
  if (!isHead && request.method !== "GET") return refuse(405, "UNSUPPORTED", "method");
  if (isHead && profile.headBlobStatus !== undefined) return answer(profile.headBlobStatus);
  const bytes = store.repositories.get(name)?.blobs.get(digest);
  if (bytes === undefined) return refuse(404, "BLOB_UNKNOWN", "blob unknown");
  if (profile.storageHost !== undefined && (!isHead || profile.storageRefusesHead)) {
    const location =
      `https://${profile.storageHost}/${name}/${digest}?X-Signature=presigned-secret`;
    return answer(307, { location });
  }
  return serveBytes(request, bytes, digest, profile.label);
}

/** The other host that blobs are redirected to: it refuses credentials as S3 does. */
export function serveStorage(request: FakeRequest, store: FakeStore, profile: Profile): Response {
  if (request.headers.has("authorization")) {
    return answer(400, {}, "<Error>InvalidArgument</Error>");
  }
  if (request.method === "HEAD" && profile.storageRefusesHead) return answer(403);
  const [, name = "", digest = ""] = /^\/(.+)\/([^/]+)$/.exec(request.url.pathname) ?? [];
  const bytes = store.repositories.get(name)?.blobs.get(digest);
  return bytes === undefined ? answer(404) : serveBytes(request, bytes);
}

function serveBytes(
  request: FakeRequest,
  bytes: Uint8Array<ArrayBuffer>,
  digest?: string,
  label?: string,
): Response {
  const headers: Record<string, string> = { "content-type": "application/octet-stream" };
  if (label !== undefined) headers["content-encoding"] = label;
  if (digest !== undefined) headers["docker-content-digest"] = digest;
  const body = (slice: Uint8Array<ArrayBuffer>): BodyInit | undefined =>
    request.method === "HEAD" ? undefined : slice;
  const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.get("range") ?? "") ?? [];
  if (from === undefined) {
    return answer(200, { ...headers, "content-length": String(bytes.length) }, body(bytes));
  }
  const end = to ? Number(to) + 1 : bytes.length;
  if (Number(from) >= bytes.length) return answer(416);
  headers["content-range"] = `bytes ${from}-${end - 1}/${bytes.length}`;
  return answer(206, headers, body(bytes.slice(Number(from), end)));
}

function linkTo(path: string, { origin }: URL, { bareLinks }: Profile): string {
  return bareLinks ? `${origin}${path}; rel=next` : `<${path}>; rel="next"`;
}

/** A page of tags. */
export function serveTags(url: URL, name: string, store: FakeStore, profile: Profile): Response {
  const repository = store.repositories.get(name);
  if (repository === undefined) return refuse(404, "NAME_UNKNOWN", "repository unknown");
  const all = [...repository.tags.keys()].sort();
  const last = url.searchParams.get("last");
  const rest = last === null ? all : all.filter((tag) => tag > last);
  const page = rest.slice(0, profile.pageSize ?? all.length);
  const headers: Record<string, string> = { "content-type": "application/json" };
  if (page.length < rest.length) {
    const path = `/v2/${name}/tags/list?last=${page.at(-1)}&n=${page.length}`;
    headers["link"] = linkTo(path, url, profile);
  }
  return answer(200, headers, JSON.stringify({ name, tags: page }));
}

/** `/v2/NAME/referrers/DIGEST` */
export function serveReferrers(
  url: URL,
  name: string,
  subject: string,
  store: FakeStore,
  profile: Profile,
): Response {
  if (profile.referrersStatus) return answer(profile.referrersStatus);
  if (!profile.referrers) return answer(404, {}, "404 page not found");
  const all = [...store.repository(name).manifests].flatMap(([digest, { bytes, mediaType }]) => {
    const body = JSON.parse(new TextDecoder().decode(bytes));
    if (body.subject?.digest !== subject) return [];
    const { artifactType = body.config?.mediaType, annotations } = body;
    return [{ mediaType, digest, size: bytes.length, artifactType, annotations }];
  });
  const start = Number(url.searchParams.get("start") ?? 0);
  const end = start + (profile.pageSize ?? all.length);
  const index = {
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.index.v1+json",
    manifests: all.slice(start, end),
  };
  const headers: Record<string, string> = { "content-type": index.mediaType };
  if (end < all.length) {
    headers["link"] = linkTo(`/v2/${name}/referrers/${subject}?start=${end}`, url, profile);
  }
  return answer(200, headers, JSON.stringify(index));
}
