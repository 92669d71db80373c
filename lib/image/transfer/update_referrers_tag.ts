/** Updates the referrers tag, on a registry without a list of referrers. */

import { addReferrer, describeReferrer, referrersTag, subjectOf } from "../../oci/referrers.ts";
import type { Document } from "../../oci/blob_reference.ts";
import type { CopyContext } from "./copy_context.ts";
import { findTagged } from "./find_tagged.ts";

/**
 * Adds a document that was put to the referrers tag of its subject, if it has one and the target lists no referrers by itself (OCI
 * distribution spec 1.1, Pushing Manifests with Subject).
 */
export async function updateReferrersTag(
  document: Document,
  { target, group: { signal }, referrersLimit }: CopyContext,
): Promise<void> {
  const subject = subjectOf(document)?.digest;
  if (subject === undefined) return;
  // One at a time: each update reads and rewrites the list.
  await referrersLimit(async () => {
    if (await target.referrers(subject, { signal }) !== undefined) return;
    const tag = referrersTag(subject);
    const list = await findTagged(target, tag, signal);
    const longer = await addReferrer(list, describeReferrer(document));
    if (longer !== undefined) await target.putManifest(tag, longer, { signal });
  });
}
