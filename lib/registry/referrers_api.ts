/** What refers to a manifest, where the registry keeps a list (OCI distribution spec 1.1, Listing Referrers). */

import type { Descriptor } from "../oci/descriptor.ts";
import { checkDescriptors } from "../oci/document_body.ts";
import { OCI_INDEX } from "../oci/media_type.ts";
import type { Endpoint, EndpointRequest } from "./http/endpoint.ts";
import { readPages, UnsupportedListError } from "./http/pages.ts";

/** How registries answer that do not know the question. */
const UNKNOWN: ReadonlySet<number> = new Set([400, 404, 405, 406, 501]);

/** Bytes of a list of referrers: room for some 20,000. */
const LIST_LIMIT = 8 * 1024 * 1024;

/**
 * Lists the manifests whose `subject` is the one that is asked for.
 *
 * @returns undefined if the registry keeps no such list.
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

/** Harbor 2.7 refuses without saying whom it would let in. */
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
