/** The tags of a remote repository, page by page. */

import { type Endpoint, type EndpointRequest, failed, readAll } from "./endpoint.ts";
import { parseNextLink } from "./link.ts";
import { RegistryError } from "./registry_error.ts";

/** Bytes of a page. */
const PAGE_LIMIT = 16 * 1024 * 1024;

interface Page {
  readonly tags: readonly string[];
  readonly next: string | undefined;
}

/** All tags. Pages are followed within the registry, and none of them twice. */
export async function* listTags(
  endpoint: Endpoint,
  common: Omit<EndpointRequest, "method">,
): AsyncIterable<string> {
  const seen = new Set<string>();
  for (let target: string | undefined = `${common.target}`; target !== undefined;) {
    seen.add(target);
    const page: Page = await readPage(endpoint, { ...common, method: "GET", target });
    yield* page.tags;
    target = page.next !== undefined && seen.has(page.next) ? undefined : page.next;
  }
}

async function readPage(endpoint: Endpoint, request: EndpointRequest): Promise<Page> {
  return await endpoint.send(request, async (answer) => {
    const { response, url } = answer;
    if (response.status !== 200) throw await failed(request, answer);
    const text = new TextDecoder().decode(await readAll(answer, PAGE_LIMIT, "a list of tags"));
    const link = parseNextLink(response.headers.get("link"));
    const tags = parseTags(text);
    if (tags === undefined) {
      const { action, method } = request;
      const message = `${action}: registry answered 200 with something else than a list of tags`;
      throw new RegistryError(message, { method, url: url.origin + url.pathname, status: 200 });
    }
    return { tags, next: link === undefined ? undefined : pathOf(link, url) };
  });
}

/** `null` is how some registries write an empty list. */
function parseTags(text: string): string[] | undefined {
  let body: { readonly tags?: unknown } | null;
  try {
    body = JSON.parse(text);
  } catch {
    return undefined;
  }
  const tags = body?.tags ?? [];
  return Array.isArray(tags) ? tags.filter((tag) => typeof tag === "string") : undefined;
}

/** Only the path and query count: the next page is the same registry's, whatever host a proxy made it write. */
function pathOf(link: string, url: URL): string | undefined {
  try {
    const { pathname, search } = new URL(link, url);
    return pathname.startsWith("/v2/") ? pathname + search : undefined;
  } catch {
    return undefined;
  }
}
