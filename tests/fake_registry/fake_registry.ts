/**
 * A registry in memory, behind the `Fetch` seam: strict where real ones are strict, odd where a profile says so, and broken
 * where a fault plan says so. No port, no latency.
 */

import type { Fetch } from "../../lib/base/fetch.ts";
import { answer, refuse } from "./answer.ts";
import type { Clock } from "./clock.ts";
import { type FakeAuth, FakeAuthority } from "./fake_auth.ts";
import { serveManifest } from "./fake_manifests.ts";
import { type FakeRequest, type RuntimeTraits, toFakeRequest } from "./fake_request.ts";
import { continueUpload, startUpload } from "./fake_uploads.ts";
import {
  connectionBroken,
  cutAnswer,
  cutBody,
  type Fault,
  type FaultAction,
  FaultPlan,
  slow,
} from "./fault.ts";
import { Lockstep } from "./lockstep.ts";
import { type Profile, type ProfileName, PROFILES } from "./profile.ts";
import { FakeStore } from "./store.ts";

/** Options of {@linkcode createFakeRegistry}. */
export interface FakeRegistryOptions {
  /** @default {"registry.test"} */
  readonly host?: string;
  /** The other scheme is not answered. @default {"https"} */
  readonly scheme?: "https" | "http";
  /** @default everybody may do everything */
  readonly auth?: FakeAuth;
  /** @default {"plain"} */
  readonly profile?: ProfileName | Profile;
  readonly faults?: readonly Fault[];
  readonly clock?: Clock;
  /** Whether all round trips take equally long, so that `step` is counted. @default {false} */
  readonly lockstep?: boolean;
  readonly runtime?: RuntimeTraits;
}

/** A request as it was seen. */
export interface RecordedRequest {
  readonly method: string;
  readonly host: string;
  /** With the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** When it came and when it was answered, counted over all events; `end` is 0 while it is not answered. */
  readonly start: number;
  end: number;
  /** The answer's status; 0 where the connection broke. */
  status: number;
  /** The round trip that answered it, counted from 1, with `lockstep`. */
  step: number;
}

/** A registry in memory. */
export interface FakeRegistry {
  readonly fetch: Fetch;
  readonly host: string;
  readonly store: FakeStore;
  /** Every request in the order of arrival, those for tokens and storage included. */
  readonly requests: RecordedRequest[];
  readonly authority: FakeAuthority | undefined;
  readonly faults: FaultPlan;
  /** Sessions that were neither finished nor cancelled. */
  openSessions(): number;
}

/** Makes a registry in memory. */
export function createFakeRegistry(options: FakeRegistryOptions = {}): FakeRegistry {
  const { host = "registry.test", scheme = "https", clock, runtime = {} } = options;
  const profile: Profile = typeof options.profile === "object"
    ? options.profile
    : PROFILES[options.profile ?? "plain"];
  const origin = `${scheme}://${host}`;
  const now = clock === undefined ? Date.now : clock.now;
  const store = new FakeStore();
  const requests: RecordedRequest[] = [];
  const faults = new FaultPlan(options.faults ?? []);
  const authority = options.auth && new FakeAuthority(options.auth, profile, origin, now);
  const lockstep = options.lockstep ? new Lockstep() : undefined;
  let events = 0;
  let toLimit = profile.rateLimited ?? 0;

  const serve = async (request: FakeRequest): Promise<Response> => {
    const { url, method } = request;
    if (url.host === profile.storageHost) return serveStorage(request, store, profile);
    if (url.pathname === "/token" && authority !== undefined) return await authority.issue(request);
    if (toLimit > 0) {
      toLimit--;
      return refuse(429, "TOOMANYREQUESTS", "slow down", { "retry-after": "1" });
    }
    const route = /^\/v2\/(?:(.+?)\/(manifests|blobs|tags)\/(.*))?$/.exec(url.pathname);
    if (route === null) return answer(404, {}, "404 page not found");
    const [, name = "", kind, rest = ""] = route;
    const denied = authority?.check(request, neededScopes(request, name));
    if (denied !== undefined) return denied;
    const context = { store, profile, origin, clock };
    if (kind === undefined) return answer(200, {}, "{}");
    if (kind === "manifests") {
      return await serveManifest(request, store.repository(name), rest, profile);
    }
    if (kind === "tags") return serveTags(url, name, store, profile);
    if (profile.refusesAccept && request.headers.has("accept")) return answer(406);
    if (rest === "uploads/" && method === "POST") return startUpload(request, name, context);
    if (rest.startsWith("uploads/")) {
      return await continueUpload(request, name, rest.slice("uploads/".length), context);
    }
    return serveBlob(request, name, rest, store, profile);
  };

  const fetch: Fetch = async (address, init) => {
    const request = toFakeRequest(address, init, runtime);
    const { url, method, signal } = request;
    signal?.throwIfAborted();
    const here = url.host === host
      ? url.protocol === `${scheme}:`
      : url.host === profile.storageHost;
    if (!here) {
      throw new TypeError("fetch failed", { cause: new Error(`ECONNREFUSED ${url.origin}`) });
    }
    const record: RecordedRequest = {
      method,
      host: url.host,
      path: url.pathname + url.search,
      headers: Object.fromEntries(request.headers),
      start: ++events,
      end: 0,
      status: 0,
      step: 0,
    };
    requests.push(record);
    const work = async (): Promise<Response> => {
      const fault = faults.next(method, record.path);
      const response = fault === undefined
        ? await serve(request)
        : await breakDown(fault, request, serve, clock);
      if (lockstep !== undefined) record.step = await lockstep.wait();
      record.status = response.status;
      record.end = ++events;
      return response;
    };
    return withFollowing(await untilAborted(work(), signal), init);
  };

  return {
    fetch,
    host,
    store,
    requests,
    authority,
    faults,
    openSessions: () => store.sessions.size,
  };
}

/** A `fetch` over several registries; any other host refuses the connection. */
export function createNetwork(...registries: { host: string; fetch: Fetch }[]): Fetch {
  return async (url, init) => {
    const { host } = new URL(url);
    const registry = registries.find((candidate) => candidate.host === host);
    if (registry !== undefined) return await registry.fetch(url, init);
    for (const { fetch } of registries) {
      try {
        return await fetch(url, init);
      } catch (error) {
        if (!(error instanceof TypeError) || !String(error.cause).includes("ECONNREFUSED")) {
          throw error;
        }
      }
    }
    throw new TypeError("fetch failed", { cause: new Error(`ECONNREFUSED ${host}`) });
  };
}

async function breakDown(
  fault: FaultAction,
  request: FakeRequest,
  serve: (request: FakeRequest) => Promise<Response>,
  clock: Clock | undefined,
): Promise<Response> {
  switch (fault.kind) {
    case "status":
      for await (const _ of request.body);
      return refuse(fault.status, "UNKNOWN", "a planned fault", fault.headers);
    case "cut":
      await serve({ ...request, body: cutBody(request.body, fault.bytes) });
      throw connectionBroken();
    case "lost":
      await serve(request);
      throw connectionBroken();
    case "cut answer":
      return cutAnswer(await serve(request), fault.bytes, "break");
    case "silent answer":
      return cutAnswer(await serve(request), fault.bytes, "stop");
    case "silent":
      return await new Promise(() => {});
    case "slow": {
      const response = await serve(request);
      await slow(clock, fault.duration);
      return response;
    }
  }
}

/** `fetch` settles at once when its signal is aborted. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return await work;
  let abort: () => void = () => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", abort);
    work.catch(() => {});
  }
}

function withFollowing(response: Response, init: RequestInit): Response {
  if (init.redirect === "follow" && response.status >= 300 && response.status < 400) {
    throw new TypeError("this fetch does not follow redirects by itself");
  }
  return response;
}

function neededScopes({ method, url }: FakeRequest, name: string): string[] {
  if (name === "") return [];
  const writes = method !== "GET" && method !== "HEAD";
  const scopes = [`repository:${name}:${writes ? "pull,push" : "pull"}`];
  const from = url.searchParams.get("from");
  if (from !== null) scopes.push(`repository:${from}:pull`);
  return scopes;
}

function serveBlob(
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
  return serveBytes(request, bytes, digest);
}

function serveStorage(request: FakeRequest, store: FakeStore, profile: Profile): Response {
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
): Response {
  const headers: Record<string, string> = { "content-type": "application/octet-stream" };
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

function serveTags(url: URL, name: string, store: FakeStore, profile: Profile): Response {
  const repository = store.repositories.get(name);
  if (repository === undefined) return refuse(404, "NAME_UNKNOWN", "repository unknown");
  const all = [...repository.tags.keys()].sort();
  const last = url.searchParams.get("last");
  const rest = last === null ? all : all.filter((tag) => tag > last);
  const page = rest.slice(0, profile.pageSize ?? all.length);
  const headers: Record<string, string> = { "content-type": "application/json" };
  if (page.length < rest.length) {
    headers["link"] = `</v2/${name}/tags/list?last=${page.at(-1)}&n=${page.length}>; rel="next"`;
  }
  return answer(200, headers, JSON.stringify({ name, tags: page }));
}
