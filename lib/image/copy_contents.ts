/** Carries what a document points at from one repository into another, unchanged. */

import type { Descriptor } from "../oci/descriptor.ts";
import { isIndexMediaType, isManifestMediaType } from "../oci/media_type.ts";
import type { Document, Repository } from "../oci/repository.ts";
import type { CopyWork } from "./copy_work.ts";
import { type DocumentContents, documentContents, opaqueContents } from "./document_contents.ts";
import { once } from "./once.ts";
import { putDocument } from "./put_document.ts";

/** Where documents are read from. */
export type DocumentSource = Pick<Repository, "name" | "getManifest">;

/**
 * Brings everything that a manifest or index points at into the target, byte for byte: blobs, then manifests by their digest.
 * The document itself is left to the caller, so that it can come last.
 */
export async function copyContents(document: Document, work: CopyWork): Promise<void> {
  if (work.target.isSame(work.source)) return;
  await moveContents(documentContents(document), work);
}

/** Brings one entry of an index, with all that it points at, into the target; once, however often it is listed. */
export async function copyEntry(entry: Descriptor, work: CopyWork): Promise<void> {
  const { source, target, documents, copied, group: { signal } } = work;
  if (target.isSame(source)) return;
  await once(copied, entry.digest, async () => {
    const child = await readChild(documents, entry, signal);
    const isKnown = [entry, child].some(({ mediaType }) =>
      isManifestMediaType(mediaType) || isIndexMediaType(mediaType)
    );
    const document = isKnown ? child : { ...child, mediaType: entry.mediaType };
    await moveContents(isKnown ? documentContents(document) : opaqueContents(document), work);
    await putDocument(entry.digest, document, work);
  });
}

async function moveContents(contents: DocumentContents, work: CopyWork): Promise<void> {
  const { blobs, manifests } = contents;
  const { mover, group: { start } } = work;
  const inner = manifests.length === 0 ? work : { ...work, walk: work.walk.into(contents) };
  await Promise.all([
    ...blobs.map((blob) => start(() => mover.move(blob))),
    ...manifests.map((entry) => start(() => copyEntry(entry, inner))),
  ]);
}

/**
 * Reads a document that an index lists.
 *
 * @throws {SyntaxError} if its length is not what the index says; a wrong digest has been refused by the repository before.
 */
export async function readChild(
  source: DocumentSource,
  descriptor: Descriptor,
  signal: AbortSignal,
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
