/** Puts manifests, and copies again the blobs that a registry finds missing. */

import type { Document } from "../../oci/blob_reference.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import { describeEntries } from "../../registry/http/error_body.ts";
import { RegistryError } from "../../registry/http/registry_error.ts";
import type { CopyContext } from "./copy_context.ts";
import { opaqueContents } from "./document_contents.ts";
import { updateReferrersTag } from "./update_referrers_tag.ts";

/** Error codes of registries for a manifest that names blobs which they do not have; the last is zot's. */
const MISSING_BLOB_CODES = ["MANIFEST_BLOB_UNKNOWN", "BLOB_UNKNOWN", "MANIFEST_INVALID"];

/**
 * Puts a manifest or index whose contents are in the target. If the target does not find a blob after all, the blob is copied and the
 * document put again. A document with a subject is added to the referrers tag.
 */
export async function putDocument(
  reference: string,
  document: Document,
  context: CopyContext,
): Promise<void> {
  const { target, group: { signal }, copier } = context;
  const put = (): Promise<void> => target.putManifest(reference, document, { signal });
  try {
    await put();
  } catch (error) {
    const blobs = missingBlobs(error, document, context);
    if (blobs.length === 0) throw error;
    await Promise.all(blobs.map((blob) => copier.repair(blob)));
    try {
      await put();
    } catch (second) {
      // The target claims to have all blobs: those that its error names are sent again, or all if it names none.
      const missing = missingBlobs(second, document, context);
      if (missing.length === 0) throw second;
      const named = missing.filter(({ digest }) => describe(second).includes(digest));
      const sent = named.length > 0 ? named : missing;
      await Promise.all(sent.map((blob) => copier.resend(blob)));
      await put();
    }
  }
  await updateReferrersTag(document, context);
}

/** The blobs of a document that was refused because a blob is missing; none if copying them would not help. */
function missingBlobs(
  error: unknown,
  document: Document,
  { source, target }: CopyContext,
): readonly Descriptor[] {
  const isRepairable = error instanceof RegistryError && !target.isSame(source) &&
    error.codes.some((code) => MISSING_BLOB_CODES.includes(code));
  return isRepairable ? opaqueContents(document).blobs : [];
}

function describe(error: unknown): string {
  return error instanceof RegistryError ? describeEntries(error.errors) : "";
}
