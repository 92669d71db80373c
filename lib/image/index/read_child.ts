/** Reads the documents of an index's entries. */

import type { Descriptor } from "../../oci/descriptor.ts";
import type { Document } from "../../oci/blob_reference.ts";
import type { ManifestFetcher } from "../../storage/repository.ts";

/**
 * Reads the document of an index's entry.
 *
 * @throws {SyntaxError} if its length is not that of the entry. The digest is verified by the repository.
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
