/** Reads a tag that may be missing. */

import type { Document } from "../../oci/blob_reference.ts";
import type { ManifestFetcher, Resolver } from "../../storage/repository.ts";

/** Reads the document of a tag; undefined if there is no such tag. */
export async function findTagged(
  repository: ManifestFetcher & Resolver,
  tag: string,
  signal: AbortSignal,
): Promise<Document | undefined> {
  const digest = await repository.headManifest(tag, { signal });
  return digest && await repository.getManifest(digest, { signal });
}
