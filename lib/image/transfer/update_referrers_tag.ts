/** Updates the tag with the list of referrers, where a registry keeps no list. */

import { addReferrer, describeReferrer, referrersTag, subjectOf } from "../../oci/referrers.ts";
import type { Document } from "../../oci/blob_reference.ts";
import type { CopyContext } from "./copy_context.ts";
import { findTagged } from "./find_tagged.ts";

/**
 * Lists a document that was just put, if it refers to another one and the target keeps no list by itself (OCI distribution spec 1.1,
 * Pushing Manifests with Subject).
 */
export async function updateReferrersTag(
  document: Document,
  { target, group: { signal }, referrersLimit }: CopyContext,
): Promise<void> {
  const subject = subjectOf(document)?.digest;
  if (subject === undefined) return;
  // One after the other: each reads the list and writes it anew.
  await referrersLimit(async () => {
    if (await target.referrers(subject, { signal }) !== undefined) return;
    const tag = referrersTag(subject);
    const list = await findTagged(target, tag, signal);
    const longer = await addReferrer(list, describeReferrer(document));
    if (longer !== undefined) await target.putManifest(tag, longer, { signal });
  });
}
