/** Reads documents that an index lists. */

import type { Descriptor } from "../../oci/descriptor.ts";
import type { Document } from "../../oci/blob_reference.ts";
import type { ManifestFetcher } from "../../storage/repository.ts";

/**
 * Reads a document that an index lists.
 *
 * @throws {SyntaxError} if its length is not what the index says; a wrong digest has been refused by the repository before.
 */
export async function readChild(
  source: ManifestFetcher,
  descriptor: Descriptor,
  signal: AbortSignal | undefined,
): Promise<Document> {
  const document = await source.getManifest(descriptor.digest, { signal });
  const { length } = document.bytes;
  if (length !== descriptor.size) {
    throw new SyntaxError(
      `Cannot read manifest "${descriptor.digest}" of ${source.name}: expected ${descriptor.size} bytes, got ${length}`,
    );
  }
  return document;
}
