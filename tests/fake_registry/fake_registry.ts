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
import { serveBlob, serveReferrers, serveStorage, serveTags } from "./fake_reads.ts";
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
  let tokens = 3;
  let lastTime = now();
  let toLimit = profile.rateLimited ?? 0;

  const serve = async (request: FakeRequest): Promise<Response> => {
    const { url, method } = request;
    if (url.host === profile.storageHost) return serveStorage(request, store, profile);
    if (url.pathname === "/token" && authority !== undefined) return await authority.issue(request);
    if (toLimit > 0) {
      toLimit--;
      return refuse(429, "TOOMANYREQUESTS", "slow down", { "retry-after": "1" });
    }
    if (profile.rate !== undefined) {
      const time = now();
      tokens = Math.min(3, tokens + (time - lastTime) * profile.rate / 1_000);
      lastTime = time;
      if (tokens < 1) return refuse(429, "TOOMANYREQUESTS", "slow down");
      tokens--;
    }
    const route = /^\/v2\/(?:(.+?)\/(manifests|blobs|tags|referrers)\/(.*))?$/.exec(url.pathname);
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
    if (kind === "referrers") return serveReferrers(url, name, rest, store, profile);
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
  const deletes = method === "DELETE" && url.pathname.includes("/manifests/");
  const scopes = [`repository:${name}:${deletes ? "delete" : writes ? "pull,push" : "pull"}`];
  const from = url.searchParams.get("from");
  if (from !== null) scopes.push(`repository:${from}:pull`);
  return scopes;
}
