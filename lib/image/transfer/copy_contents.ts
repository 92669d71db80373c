/** Carries what a document points at from one repository into another, unchanged. */

import type { Descriptor } from "../../oci/descriptor.ts";
import { isIndexMediaType, isManifestMediaType } from "../../oci/media_type.ts";
import type { Document } from "../../oci/blob_reference.ts";
import type { CopyContext } from "./copy_context.ts";
import { type DocumentContents, documentContents, opaqueContents } from "./document_contents.ts";
import { once } from "../index/once.ts";
import { readChild } from "../index/read_document.ts";
import { putDocument } from "./put_document.ts";

/**
 * Brings everything that a manifest or index points at into the target, byte for byte: blobs, then manifests by their digest.
 * The document itself is left to the caller, so that it can come last.
 */
export async function copyContents(document: Document, context: CopyContext): Promise<void> {
  if (context.target.isSame(context.source)) return;
  await moveContents(documentContents(document), context);
}

/** Brings one entry of an index, with all that it points at, into the target; once, however often it is listed. */
export async function copyEntry(entry: Descriptor, context: CopyContext): Promise<void> {
  const { source, target, documents, copied, group: { signal } } = context;
  if (target.isSame(source)) return;
  await once(copied, entry.digest, async () => {
    const child = await readChild(documents, entry, signal);
    const isKnown = [entry, child].some(({ mediaType }) =>
      isManifestMediaType(mediaType) || isIndexMediaType(mediaType)
    );
    const document = isKnown ? child : { ...child, mediaType: entry.mediaType };
    await moveContents(isKnown ? documentContents(document) : opaqueContents(document), context);
    await putDocument(entry.digest, document, context);
  });
}

async function moveContents(contents: DocumentContents, context: CopyContext): Promise<void> {
  const { blobs, manifests } = contents;
  const { copier, group: { start } } = context;
  const inner = manifests.length === 0
    ? context
    : { ...context, walk: context.walk.into(contents) };
  await Promise.all([
    ...blobs.map((blob) => start(() => copier.copy(blob))),
    ...manifests.map((entry) => start(() => copyEntry(entry, inner))),
  ]);
}
