/** Follows redirects, which runtimes would follow in different ways, some with leaks (GHSA-jxpm-75mh-9fp7). */

import type { Fetch } from "../../base/fetch.ts";
import { redactUrl } from "./redact.ts";

/** The most redirects of one request. */
export const MAX_REDIRECTS = 5;

/** The most characters of a `Location`; the longest signed URLs have some 3,000. */
export const LONGEST_LOCATION = 16_384;

/** The next request of a chain. */
export interface Hop {
  readonly url: URL;
  readonly method: string;
  /** Whether the body is sent again. */
  readonly keepsBody: boolean;
}

/** Whether a status is a redirect with a target. */
export function isRedirect(status: number): boolean {
  return status === 301 || status === 302 || status === 303 || status === 307 || status === 308;
}

/**
 * The request that a redirect leads to. Only 303 changes the method; browsers also turn a POST into a GET at 301 and 302, which makes no
 * sense for an upload.
 *
 * @throws {TypeError} if the `Location` is missing or no URL, leads from https to http, or has user information.
 */
export function nextHop(status: number, location: string | null, url: URL, method: string): Hop {
  if (location === null) throw new TypeError("the redirect has no Location");
  if (location.length > LONGEST_LOCATION) {
    throw new TypeError(`the redirect's Location is longer than ${LONGEST_LOCATION} characters`);
  }
  let next: URL;
  try {
    next = new URL(location, url);
  } catch {
    throw new TypeError("the redirect's Location is not a URL");
  }
  if (next.protocol !== "https:" && next.protocol !== "http:") {
    throw new TypeError("the redirect does not lead to a web address");
  }
  if (url.protocol === "https:" && next.protocol === "http:") {
    throw new TypeError(`the redirect leads from https to plain http, ${redactUrl(next)}`);
  }
  if (next.username !== "" || next.password !== "") {
    throw new TypeError("the redirect's Location holds user information");
  }
  const isSafe = method === "GET" || method === "HEAD";
  return status === 303 && !isSafe
    ? { url: next, method: "GET", keepsBody: false }
    : { url: next, method, keepsBody: true };
}

/** Calls `fetch`, again with redirects if it hides the answer: browsers do (Fetch standard, opaque-redirect filtered response). */
export async function fetchVisibly(fetch: Fetch, url: URL, init: RequestInit): Promise<Response> {
  const response = await fetch(url.href, init);
  const isSafe = init.method === "GET" || init.method === "HEAD";
  const isHidden = response.type === "opaqueredirect" && isSafe;
  return isHidden ? await fetch(url.href, { ...init, redirect: "follow" }) : response;
}
