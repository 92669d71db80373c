/** Lists the tags of a repository of a registry. */

import type { Endpoint, EndpointRequest } from "./http/endpoint.ts";
import { readPages } from "./http/pages.ts";

/**
 * Lists all tags.
 *
 * @throws {RegistryError} if there is no list of them.
 */
export function listTags(
  endpoint: Endpoint,
  common: Omit<EndpointRequest, "method">,
): AsyncGenerator<string, void, undefined> {
  return readPages(endpoint, common, { what: "a list of tags", parse: parseTags });
}

/** The tags of a page. Some registries write an empty list as `null`. */
function parseTags(body: unknown): string[] | undefined {
  if (body === undefined) return undefined;
  const tags = (body as { readonly tags?: unknown } | null)?.tags ?? [];
  return Array.isArray(tags) ? tags.filter((tag) => typeof tag === "string") : undefined;
}
