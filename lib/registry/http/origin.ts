/** Where a registry is reached. */

import { DOCKER_HUB, DOCKER_HUB_HOST } from "../../oci/reference.ts";
import { isLoopbackHost } from "../auth/private_host.ts";

/** The host and port to connect to: Docker Hub is not served under its own name. */
export function registryHost(registry: string): string {
  return registry === DOCKER_HUB ? DOCKER_HUB_HOST : registry;
}

/** Whether plain http may be tried where https is not answered: on this machine, where nobody else can answer in its place. */
export function mayFallBackToHttp(host: string): boolean {
  const { hostname } = new URL(`https://${host}`);
  return isLoopbackHost(hostname);
}

/** Whether two URLs have the same scheme, host and port, so that what one may be told the other may be told too. */
export function isSameOrigin(one: URL, other: URL): boolean {
  return one.protocol === other.protocol && one.host === other.host;
}

/**
 * A URL that a registry names for itself. Behind a proxy that ends TLS, registries that do not know of it write `http:` for their
 * own https address: that is read as it is meant, since nothing ever goes from https to http.
 */
export function asOwnOrigin(url: URL, origin: URL): URL {
  if (url.protocol !== "http:" || origin.protocol !== "https:") return url;
  if (url.hostname !== origin.hostname) return url;
  return new URL(url.pathname + url.search, origin);
}
