/** Hosts and origins of registries. */

import { DOCKER_HUB, DOCKER_HUB_HOST } from "../../oci/reference.ts";
import { isLoopbackHost } from "../auth/private_host.ts";

/** The host and port of a registry: Docker Hub has another host than its name. */
export function registryHost(registry: string): string {
  return registry === DOCKER_HUB ? DOCKER_HUB_HOST : registry;
}

/** Whether plain http may be tried if https is not answered: only on this machine, where nobody else can answer. */
export function mayFallBackToHttp(host: string): boolean {
  const { hostname } = new URL(`https://${host}`);
  return isLoopbackHost(hostname);
}

/** Whether two URLs have the same scheme, host and port. */
export function isSameOrigin(one: URL, other: URL): boolean {
  return one.protocol === other.protocol && one.host === other.host;
}

/**
 * A URL that a registry gives of itself. A registry behind a proxy that terminates TLS may write `http:` for its own https origin, which is
 * corrected.
 */
export function asOwnOrigin(url: URL, origin: URL): URL {
  if (url.protocol !== "http:" || origin.protocol !== "https:") return url;
  if (url.hostname !== origin.hostname) return url;
  return new URL(url.pathname + url.search, origin);
}
