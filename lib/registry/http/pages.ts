/** Reads lists that registries give page by page (OCI distribution spec 1.1, Content Discovery). */

import { parseBoundedJson } from "../../base/bounded_json.ts";
import { printable } from "../../base/printable.ts";
import {
  type Endpoint,
  type EndpointRequest,
  failed,
  isWebPage,
  webPageError,
} from "./endpoint.ts";
import { dropBody, readAll } from "./response_body.ts";
import { parseNextLink } from "./link.ts";
import { redactUrl } from "./redact.ts";
import { RegistryError } from "./registry_error.ts";

/** The most bytes of a page, and of all pages: some registries give a hundred thousand tags at once, which are 3 MB. */
const PAGE_LIMIT = 16 * 1024 * 1024;
const LIST_LIMIT = 4 * PAGE_LIMIT;

/** The most pages of a list, which may be endless. */
const MOST_PAGES = 10_000;

/** Options of {@linkcode readPages}. */
export interface ReadPagesOptions<T> {
  /** What messages call the list: "a list of tags". */
  readonly what: string;
  /**
   * The most bytes of the whole list.
   *
   * @default {67108864}
   */
  readonly limit?: number | undefined;
  /** Whether an answer means that the registry has no such list. @default {() => false} */
  readonly isUnsupported?: ((response: Response) => boolean) | undefined;
  /** Returns the items of a page's JSON; undefined if that is no such page. */
  readonly parse: (body: unknown) => readonly T[] | undefined;
}

/** Thrown if a registry has no such list. */
export class UnsupportedListError extends Error {
  override readonly name: string = "UnsupportedListError";
}

interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | undefined;
  /** Bytes. */
  readonly size: number;
  /** Where it came from. */
  readonly url: URL;
}

/**
 * Reads all items. Pages are followed within the registry, and none twice: some registries name the last page as the next one.
 *
 * @throws {UnsupportedListError} if there is no such list.
 * @throws {RegistryError} if a page is no list, its link to the next page cannot be read, or there are too many pages.
 */
export async function* readPages<T>(
  endpoint: Endpoint,
  common: Omit<EndpointRequest, "method">,
  options: ReadPagesOptions<T>,
): AsyncGenerator<T, void, undefined> {
  const seen = new Set<string>();
  const { limit = LIST_LIMIT } = options;
  let left = limit;
  for (let target: string | undefined = `${common.target}`; target !== undefined;) {
    seen.add(target);
    const allowance = endpoint.transport.createAllowance();
    const request: EndpointRequest = { ...common, method: "GET", target, allowance };
    const page: Page<T> = await readPage(endpoint, request, options);
    const { items, next, url, size } = page;
    left -= size;
    if (left < 0) throw refusal(common.action, `the list is longer than ${limit} bytes`, url);
    yield* items;
    if (seen.size === MOST_PAGES) {
      throw refusal(common.action, `the list has more than ${MOST_PAGES} pages`, url);
    }
    target = next !== undefined && seen.has(next) ? undefined : next;
  }
}

async function readPage<T>(
  endpoint: Endpoint,
  request: EndpointRequest,
  { what, parse, isUnsupported }: ReadPagesOptions<T>,
): Promise<Page<T>> {
  return await endpoint.send(request, async (answer) => {
    const { response, url } = answer;
    if (isUnsupported?.(response)) {
      await dropBody(response, answer.exchange);
      throw new UnsupportedListError();
    }
    if (response.status !== 200) throw await failed(request, answer);
    if (isWebPage(response)) throw await webPageError(request, answer);
    const bytes = await readAll(answer, { limit: PAGE_LIMIT, what });
    const items = parse(parseJson(new TextDecoder().decode(bytes)));
    const { action } = request;
    if (items === undefined) {
      throw refusal(action, `registry answered 200 with something else than ${what}`, url);
    }
    let next: string | undefined;
    try {
      const link = parseNextLink(response.headers.get("link"));
      next = link === undefined ? undefined : nextTarget(link, url, `${request.target}`);
    } catch (cause) {
      const reason = `registry answered with a part of ${what}: ${(cause as Error).message}`;
      throw refusal(action, reason, url);
    }
    return { items, next, size: bytes.length, url };
  });
}

function refusal(action: string, reason: string, url: URL): RegistryError {
  return new RegistryError(`${action}: ${reason}`, {
    method: "GET",
    url: redactUrl(url),
    status: 200,
  });
}

function parseJson(text: string): unknown {
  try {
    return parseBoundedJson(text);
  } catch {
    return undefined;
  }
}

/**
 * The path and query of the next page, on this registry: behind a proxy, a registry may write another host or prefix.
 *
 * @throws {SyntaxError} if the link is not to the same list.
 */
function nextTarget(link: string, url: URL, target: string): string {
  const [path = ""] = target.split("?");
  let next: URL;
  try {
    next = new URL(link, url);
  } catch {
    throw new SyntaxError("its Link is not a URL");
  }
  if (next.pathname.endsWith(path) && next.search !== "") return path + next.search;
  if (next.pathname.startsWith("/v2/")) return next.pathname + next.search;
  throw new SyntaxError(`its Link leads elsewhere, to "${printable(next.pathname, 100)}"`);
}
