/** Looks for what may not be there. */

import type { Document } from "../../oci/blob_reference.ts";
import type { Repository } from "../../storage/repository.ts";

/** What a tag names, or undefined. */
export async function findTagged(
  repository: Repository,
  tag: string,
  signal: AbortSignal,
): Promise<Document | undefined> {
  const digest = await repository.headManifest(tag, { signal });
  return digest && await repository.getManifest(digest, { signal });
}
