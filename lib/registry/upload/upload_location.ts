/** Resolves the URLs of uploads. */

import { asOwnOrigin } from "../http/origin.ts";
import { LONGEST_LOCATION } from "../http/redirect.ts";

/**
 * Resolves a `Location`, absolute or relative.
 *
 * @param requestUrl URL of the request.
 * @param origin The registry's own origin.
 * @throws {TypeError} if it is missing or no web address, has user information, or leads from https to plain http.
 */
export function resolveLocation(location: string | null, requestUrl: URL, origin: URL): URL {
  if (location === null || location.trim() === "") {
    throw new TypeError("the answer has no Location");
  }
  if (location.length > LONGEST_LOCATION) {
    throw new TypeError(`the Location of the answer is longer than ${LONGEST_LOCATION} characters`);
  }
  let url: URL;
  try {
    url = new URL(location.trim(), requestUrl);
  } catch {
    throw new TypeError("the Location of the answer is not a URL");
  }
  url = asOwnOrigin(url, origin);
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    throw new TypeError("the Location of the answer is not a web address");
  }
  if (url.protocol === "http:" && requestUrl.protocol === "https:") {
    throw new TypeError(`the Location of the answer leads from https to plain http, ${url.host}`);
  }
  if (url.username !== "" || url.password !== "") {
    throw new TypeError("the Location of the answer holds user information");
  }
  url.hash = "";
  return url;
}

/**
 * Adds the digest to an upload's URL, as text: `searchParams.append` would rewrite the query, which may be signed.
 */
export function withDigest(url: URL, digest: string): URL {
  const separator = url.search !== "" ? "&" : url.href.endsWith("?") ? "" : "?";
  return new URL(`${url.href}${separator}digest=${encodeURIComponent(digest)}`);
}
