/** Copies the contents of a document from one repository into another, unchanged. */

import type { Descriptor } from "../../oci/descriptor.ts";
import { isIndexMediaType, isManifestMediaType } from "../../oci/media_type.ts";
import type { Document } from "../../oci/blob_reference.ts";
import type { IndexWalk } from "../index/index_walk.ts";
import type { CopyContext } from "./copy_context.ts";
import { type DocumentContents, documentContents, opaqueContents } from "./document_contents.ts";
import { putDocument } from "./put_document.ts";

/**
 * Copies everything that a manifest or index lists into the target, byte for byte: blobs, then manifests by their digests. The document
 * itself is not copied, so that the caller can put it last.
 *
 * @param walk The position of the document among the source's indexes.
 */
export async function copyContents(
  document: Document,
  walk: IndexWalk,
  context: CopyContext,
): Promise<void> {
  if (context.target.isSame(context.source)) return;
  await copyAll(documentContents(document), walk, context);
}

/**
 * Copies one entry of an index with its contents into the target, once for each digest.
 *
 * @param walk The position of the entries of the index.
 */
export async function copyEntry(
  entry: Descriptor,
  walk: IndexWalk,
  context: CopyContext,
): Promise<void> {
  const { source, target, copied } = context;
  if (target.isSame(source)) return;
  await walk.visit(entry, copied, async (child) => {
    const isKnown = [entry, child].some(({ mediaType }) =>
      isManifestMediaType(mediaType) || isIndexMediaType(mediaType)
    );
    const document = isKnown ? child : { ...child, mediaType: entry.mediaType };
    const contents = isKnown ? documentContents(document) : opaqueContents(document);
    await copyAll(contents, walk, context);
    await putDocument(entry.digest, document, context);
  });
}

async function copyAll(
  contents: DocumentContents,
  walk: IndexWalk,
  context: CopyContext,
): Promise<void> {
  const { blobs, manifests } = contents;
  const { copier, group: { start } } = context;
  const below = manifests.length === 0 ? walk : walk.into(contents);
  await Promise.all([
    ...blobs.map((blob) => start(() => copier.copy(blob))),
    ...manifests.map((entry) => start(() => copyEntry(entry, below, context))),
  ]);
}
