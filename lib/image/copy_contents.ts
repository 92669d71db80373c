/** Carries what a document points at from one repository into another, unchanged. */

import type { Descriptor } from "../oci/descriptor.ts";
import { parseDocument } from "../oci/document.ts";
import type { Document, Repository } from "../oci/repository.ts";
import type { CopyWork } from "./copy_work.ts";
import { putDocument } from "./put_document.ts";

/**
 * Brings everything that a manifest or index points at into the target, byte for byte: blobs, then manifests by their digest.
 * The document itself is left to the caller, so that it can come last.
 */
export async function copyContents(document: Document, work: CopyWork): Promise<void> {
  const { source, target, group: { start }, mover } = work;
  if (target.isSame(source)) return;
  const parsed = parseDocument(document);
  if (parsed.kind === "manifest") {
    const { config, layers } = parsed.manifest;
    await Promise.all([config, ...layers].map((blob) => start(() => mover.move(blob))));
    return;
  }
  await Promise.all(parsed.index.manifests.map((entry) => start(() => copyEntry(entry, work))));
}

/** Brings one entry of an index, with all that it points at, into the target. */
export async function copyEntry(entry: Descriptor, work: CopyWork): Promise<void> {
  const { source, target, group: { signal } } = work;
  if (target.isSame(source)) return;
  const document = await readChild(source, entry, signal);
  await copyContents(document, work);
  await putDocument(entry.digest, document, work);
}

/**
 * Reads a document that an index lists.
 *
 * @throws {SyntaxError} if its length is not what the index says; a wrong digest has been refused by the repository before.
 */
export async function readChild(
  source: Repository,
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
