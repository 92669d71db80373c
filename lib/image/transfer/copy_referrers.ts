/** Signatures, attestations, SBOMs and what else refers to an image. */

import type { Descriptor } from "../../oci/descriptor.ts";
import type { Digest } from "../../oci/digest.ts";
import { parseIndex } from "../../oci/image_index.ts";
import { cosignTags, referrersTag } from "../../oci/referrers.ts";
import type { Repository } from "../../storage/repository.ts";
import { copyContents, copyEntry } from "./copy_contents.ts";
import type { CopyContext } from "./copy_context.ts";
import { findTagged } from "./find_tagged.ts";
import { putDocument } from "./put_document.ts";

/**
 * Brings what refers to a manifest into the target, and what refers to that. Both ways to find it count: the list of its referrers, and
 * the tags that cosign gives.
 *
 * @throws {RangeError} if that is too much, or nested too deep.
 */
export async function copyReferrers(subject: Digest, context: CopyContext): Promise<void> {
  const { source, target, group: { signal, start } } = context;
  if (target.isSame(source)) return;
  const referrers = await listReferrers(source, subject, signal);
  const inner = { ...context, walk: context.walk.into({ manifests: referrers }) };
  await Promise.all([
    ...referrers.map((entry) =>
      start(async () => {
        await copyEntry(entry, inner);
        await copyReferrers(entry.digest, inner);
      })
    ),
    ...cosignTags(subject).map((tag) => start(() => copyTag(tag, context))),
  ]);
}

async function listReferrers(
  repository: Repository,
  subject: Digest,
  signal: AbortSignal,
): Promise<readonly Descriptor[]> {
  const listed = await repository.referrers(subject, { signal });
  if (listed !== undefined) return listed;
  const list = await findTagged(repository, referrersTag(subject), signal);
  return list === undefined ? [] : parseIndex(list).manifests;
}

async function copyTag(tag: string, context: CopyContext): Promise<void> {
  const found = await findTagged(context.source, tag, context.group.signal);
  if (found === undefined) return;
  await copyContents(found, context);
  await putDocument(tag, found, context);
}
