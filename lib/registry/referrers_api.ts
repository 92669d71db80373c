/** Lists the referrers of a manifest by the API of registries (OCI distribution spec 1.1, Listing Referrers). */

import type { Descriptor } from "../oci/descriptor.ts";
import { checkDescriptors } from "../oci/document_body.ts";
import { OCI_INDEX } from "../oci/media_type.ts";
import type { Endpoint, EndpointRequest } from "./http/endpoint.ts";
import { readPages, UnsupportedListError } from "./http/pages.ts";

/** Statuses of registries without this API. */
const UNKNOWN: ReadonlySet<number> = new Set([400, 404, 405, 406, 501]);

/** The most bytes of a list: room for some 20,000 referrers. */
const LIST_LIMIT = 8 * 1024 * 1024;

/**
 * Lists the manifests whose `subject` is the given one.
 *
 * @returns undefined if the registry has no such API.
 * @throws {RegistryError} if the list cannot be read.
 */
export async function listReferrers(
  endpoint: Endpoint,
  common: Omit<EndpointRequest, "method">,
): Promise<Descriptor[] | undefined> {
  const request = { ...common, headers: { Accept: OCI_INDEX } };
  const found: Descriptor[] = [];
  try {
    const pages = readPages(endpoint, request, {
      what: "a list of referrers",
      limit: LIST_LIMIT,
      isUnsupported,
      parse,
    });
    for await (const referrer of pages) found.push(referrer);
    return found;
  } catch (error) {
    if (error instanceof UnsupportedListError) return undefined;
    throw error;
  }
}

/** Whether the registry has no such API. Harbor 2.7 answers 401 without a challenge. */
function isUnsupported({ status, headers }: Response): boolean {
  return UNKNOWN.has(status) || status === 401 && !headers.has("www-authenticate");
}

function parse(body: unknown): readonly Descriptor[] | undefined {
  try {
    const { manifests } = body as { readonly manifests: unknown };
    return checkDescriptors(manifests, "the list", "manifests");
  } catch {
    return undefined;
  }
}
