/** Puts manifests, and mends what a registry finds missing. */

import type { Document } from "../oci/repository.ts";
import { RegistryError } from "../registry/registry_error.ts";
import type { CopyWork } from "./copy_work.ts";
import { opaqueContents } from "./document_contents.ts";
import { listReferrer } from "./list_referrer.ts";

/** What registries answer when a manifest names blobs that they do not have; the last is zot's. */
const MISSING_BLOB_CODES = ["MANIFEST_BLOB_UNKNOWN", "BLOB_UNKNOWN", "MANIFEST_INVALID"];

/**
 * Puts a manifest or index whose content is in the target. Where the target does not find a blob of the base after all, the blob is
 * copied and the manifest put once more. What refers to another manifest is listed for that.
 */
export async function putDocument(
  reference: string,
  document: Document,
  work: CopyWork,
): Promise<void> {
  const { source, target, group: { signal }, mover } = work;
  try {
    await target.putManifest(reference, document, { signal });
  } catch (error) {
    const isMendable = error instanceof RegistryError && !target.isSame(source) &&
      error.codes.some((code) => MISSING_BLOB_CODES.includes(code));
    const blobs = isMendable ? opaqueContents(document).blobs : [];
    if (blobs.length === 0) throw error;
    await Promise.all(blobs.map((blob) => mover.restore(blob)));
    await target.putManifest(reference, document, { signal });
  }
  await listReferrer(document, work);
}
