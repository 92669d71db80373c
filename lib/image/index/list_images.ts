/** Lists the images of an index and of its nested indexes. */

import type { Descriptor } from "../../oci/descriptor.ts";
import { type ImageIndex, indexEntryKind } from "../../oci/image_index.ts";
import type { IndexWalk, VisitResults } from "./index_walk.ts";

/** Options of {@linkcode listImages}. */
export interface ListImagesOptions<Read> {
  /** The position of the index. */
  readonly walk: IndexWalk<Read>;
  /** Parses a nested index that the walk has read. */
  readonly parse: (document: Read) => ImageIndex;
}

/** An index that is an entry of another one. */
export interface NestedIndex<Read> {
  /** The document that the walk has read. */
  readonly document: Read;
  readonly index: ImageIndex;
}

/** Result of {@linkcode listImages}. */
export interface ListedImages<Read> {
  /** Images in the order of the index, without attestations. */
  readonly images: readonly Descriptor[];
  /** All nested indexes, each after those that are nested in it. */
  readonly nested: readonly NestedIndex<Read>[];
}

/**
 * Lists the images of an index, with those of nested indexes in their place. The platform of a nested index's entry is ignored: its images
 * have platforms of their own.
 *
 * @throws {RangeError} if the indexes list too much or are nested too deep.
 */
export async function listImages<Read>(
  index: ImageIndex,
  { walk, parse }: ListImagesOptions<Read>,
): Promise<ListedImages<Read>> {
  const listed: VisitResults<readonly Descriptor[]> = new Map();
  const nested: NestedIndex<Read>[] = [];

  async function list(
    outer: ImageIndex,
    position: IndexWalk<Read>,
  ): Promise<readonly Descriptor[]> {
    const below = position.into(outer);
    const images = await Promise.all(outer.manifests.map((entry) => {
      const kind = indexEntryKind(entry);
      if (kind === "attestation") return [];
      if (kind !== "index") return [entry];
      return below.visit(entry, listed, async (document) => {
        const inner = parse(document);
        const found = await list(inner, below);
        nested.push({ document, index: inner });
        return found;
      });
    }));
    below.requireFew(images.reduce((sum, { length }) => sum + length, 0));
    return images.flat();
  }

  return { images: await list(index, walk), nested };
}
