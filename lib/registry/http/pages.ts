/** Lists that registries give page by page (OCI distribution spec 1.1, Content Discovery). */

import { type Endpoint, type EndpointRequest, failed, readAll } from "./endpoint.ts";
import { parseNextLink } from "./link.ts";
import { redactUrl } from "./redact.ts";
import { RegistryError } from "./registry_error.ts";

/** Bytes of a page. */
const PAGE_LIMIT = 16 * 1024 * 1024;

/** Pages of a list: an endless one is not followed for ever. */
const MOST_PAGES = 10_000;

/** Options of {@linkcode readPages}. */
export interface ReadPagesOptions<T> {
  /** How messages call the list: "a list of tags". */
  readonly what: string;
  /** Takes the items out of a page's JSON; undefined if it is none. */
  readonly parse: (body: unknown) => readonly T[] | undefined;
}

interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | undefined;
  /** Where it came from. */
  readonly url: URL;
}

/**
 * All items. Pages are followed within the registry, and none of them twice: some registries name the last page as the next one.
 *
 * @throws {RegistryError} if a page is not a list, or there are too many.
 */
export async function* readPages<T>(
  endpoint: Endpoint,
  common: Omit<EndpointRequest, "method">,
  options: ReadPagesOptions<T>,
): AsyncGenerator<T, void, undefined> {
  const seen = new Set<string>();
  for (let target: string | undefined = `${common.target}`; target !== undefined;) {
    seen.add(target);
    const request: EndpointRequest = { ...common, method: "GET", target };
    const { items, next, url }: Page<T> = await readPage(endpoint, request, options);
    yield* items;
    if (seen.size === MOST_PAGES) {
      const message = `${common.action}: the list has more than ${MOST_PAGES} pages`;
      throw new RegistryError(message, { method: "GET", url: redactUrl(url), status: 200 });
    }
    target = next !== undefined && seen.has(next) ? undefined : next;
  }
}

async function readPage<T>(
  endpoint: Endpoint,
  request: EndpointRequest,
  { what, parse }: ReadPagesOptions<T>,
): Promise<Page<T>> {
  return await endpoint.send(request, async (answer) => {
    const { response, url } = answer;
    if (response.status !== 200) throw await failed(request, answer);
    const text = new TextDecoder().decode(await readAll(answer, PAGE_LIMIT, what));
    const link = parseNextLink(response.headers.get("link"));
    const items = parse(parseJson(text));
    if (items === undefined) {
      const { action, method } = request;
      const message = `${action}: registry answered 200 with something else than ${what}`;
      throw new RegistryError(message, { method, url: url.origin + url.pathname, status: 200 });
    }
    return { items, next: link === undefined ? undefined : pathOf(link, url), url };
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
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
