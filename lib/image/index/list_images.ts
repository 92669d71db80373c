/** Finds the images of an index, in the indexes below it too. */

import type { Descriptor } from "../../oci/descriptor.ts";
import type { Digest } from "../../oci/digest.ts";
import { type ImageIndex, indexEntryKind } from "../../oci/image_index.ts";
import type { IndexWalk } from "./index_walk.ts";
import { once } from "./once.ts";

/** Options of {@linkcode listImages}. */
export interface ListImagesOptions {
  /** Where the index is. */
  readonly walk: IndexWalk;
  /** Reads a nested index; asked for each once. */
  readonly read: (entry: Descriptor) => Promise<ImageIndex>;
}

/** What {@linkcode listImages} found. */
export interface ListedImages {
  /** In the order of the index, without attestations. */
  readonly images: readonly Descriptor[];
  /** The indexes below it, each after those that it lists itself. */
  readonly nested: ReadonlyMap<Digest, ImageIndex>;
}

/**
 * Lists the images of an index, and those of nested indexes in their place. What an index says of a nested one is left out of account:
 * the images in it have platforms of their own.
 *
 * @throws {RangeError} if the indexes list too much or are nested too deep.
 */
export async function listImages(
  index: ImageIndex,
  { walk, read }: ListImagesOptions,
): Promise<ListedImages> {
  const listed = new Map<Digest, Promise<readonly Descriptor[]>>();
  const nested = new Map<Digest, ImageIndex>();

  async function list(outer: ImageIndex, place: IndexWalk): Promise<readonly Descriptor[]> {
    const below = place.into(outer);
    const images = await Promise.all(outer.manifests.map((entry) => {
      const kind = indexEntryKind(entry);
      if (kind === "attestation") return [];
      if (kind !== "index") return [entry];
      return once(listed, entry.digest, async () => {
        const inner = await read(entry);
        const found = await list(inner, below);
        nested.set(entry.digest, inner);
        return found;
      });
    }));
    below.requireFew(images.reduce((sum, { length }) => sum + length, 0));
    return images.flat();
  }

  return { images: await list(index, walk), nested };
}
