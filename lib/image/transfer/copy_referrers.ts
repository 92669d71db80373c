/** Copies the referrers of an image: signatures, attestations, SBOMs and others. */

import type { Descriptor } from "../../oci/descriptor.ts";
import type { Digest } from "../../oci/digest.ts";
import { parseIndex } from "../../oci/image_index.ts";
import { cosignTags, referrersTag } from "../../oci/referrers.ts";
import type { ManifestFetcher, ReferrerLister, Resolver } from "../../storage/repository.ts";
import type { IndexWalk } from "../index/index_walk.ts";
import { copyContents, copyEntry } from "./copy_contents.ts";
import type { CopyContext } from "./copy_context.ts";
import { findTagged } from "./find_tagged.ts";
import { putDocument } from "./put_document.ts";

/**
 * Copies the referrers of a manifest into the target, and the referrers of those: the ones that the source lists, and those with one of
 * cosign's tags.
 *
 * @param walk The position of the manifest.
 * @throws {RangeError} if there are too many, or they are nested too deep.
 */
export async function copyReferrers(
  subject: Digest,
  walk: IndexWalk,
  context: CopyContext,
): Promise<void> {
  const { source, target, group: { signal, start } } = context;
  if (target.isSame(source)) return;
  const referrers = await listReferrers(source, subject, signal);
  const below = walk.into({ manifests: referrers });
  await Promise.all([
    ...referrers.map((entry) =>
      start(async () => {
        await copyEntry(entry, below, context);
        await copyReferrers(entry.digest, below, context);
      })
    ),
    ...cosignTags(subject).map((tag) => start(() => copyTag(tag, walk, context))),
  ]);
}

async function listReferrers(
  repository: ManifestFetcher & ReferrerLister & Resolver,
  subject: Digest,
  signal: AbortSignal,
): Promise<readonly Descriptor[]> {
  const listed = await repository.referrers(subject, { signal });
  if (listed !== undefined) return listed;
  const list = await findTagged(repository, referrersTag(subject), signal);
  return list === undefined ? [] : parseIndex(list).manifests;
}

async function copyTag(tag: string, walk: IndexWalk, context: CopyContext): Promise<void> {
  const found = await findTagged(context.source, tag, context.group.signal);
  if (found === undefined) return;
  await copyContents(found, walk, context);
  await putDocument(tag, found, context);
}
