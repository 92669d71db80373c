/** Puts manifests, and copies again what a registry finds missing. */

import type { Document } from "../../oci/blob_reference.ts";
import { RegistryError } from "../../registry/http/registry_error.ts";
import type { CopyContext } from "./copy_context.ts";
import { opaqueContents } from "./document_contents.ts";
import { updateReferrersTag } from "./update_referrers_tag.ts";

/** Error codes of registries for a manifest that names blobs which they do not have; the last is zot's. */
const MISSING_BLOB_CODES = ["MANIFEST_BLOB_UNKNOWN", "BLOB_UNKNOWN", "MANIFEST_INVALID"];

/**
 * Puts a manifest or index whose content is in the target. Where the target does not find a blob of the base after all, the blob is
 * copied and the manifest put once more. What refers to another manifest is listed for that.
 */
export async function putDocument(
  reference: string,
  document: Document,
  context: CopyContext,
): Promise<void> {
  const { source, target, group: { signal }, copier } = context;
  try {
    await target.putManifest(reference, document, { signal });
  } catch (error) {
    const isMendable = error instanceof RegistryError && !target.isSame(source) &&
      error.codes.some((code) => MISSING_BLOB_CODES.includes(code));
    const blobs = isMendable ? opaqueContents(document).blobs : [];
    if (blobs.length === 0) throw error;
    await Promise.all(blobs.map((blob) => copier.repair(blob)));
    await target.putManifest(reference, document, { signal });
  }
  await updateReferrersTag(document, context);
}
