/** The tags of a remote repository, page by page. */

import { type Endpoint, type EndpointRequest, failed, readAll } from "./endpoint.ts";
import { parseNextLink } from "./link.ts";
import { redactUrl } from "./redact.ts";
import { RegistryError } from "./registry_error.ts";

/** Bytes of a page. */
const PAGE_LIMIT = 16 * 1024 * 1024;

/** Pages of a list: an endless one is not followed for ever. */
const MOST_PAGES = 10_000;

interface Page {
  readonly tags: readonly string[];
  readonly next: string | undefined;
  /** Where it came from. */
  readonly url: URL;
}

/**
 * All tags. Pages are followed within the registry, and none of them twice: some registries name the last page as the next one.
 *
 * @throws {RegistryError} if there are too many pages.
 */
export async function* listTags(
  endpoint: Endpoint,
  common: Omit<EndpointRequest, "method">,
): AsyncGenerator<string, void, undefined> {
  const seen = new Set<string>();
  for (let target: string | undefined = `${common.target}`; target !== undefined;) {
    seen.add(target);
    const { tags, next, url }: Page = await readPage(endpoint, {
      ...common,
      method: "GET",
      target,
    });
    yield* tags;
    if (seen.size === MOST_PAGES) {
      const message = `${common.action}: the list has more than ${MOST_PAGES} pages`;
      throw new RegistryError(message, { method: "GET", url: redactUrl(url), status: 200 });
    }
    target = next !== undefined && seen.has(next) ? undefined : next;
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
    return { tags, next: link === undefined ? undefined : pathOf(link, url), url };
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
