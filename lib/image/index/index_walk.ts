/** Bounds on the way through nested indexes: a few kilobytes of them can list an image millions of times. */

import type { ImageIndex } from "../../oci/image_index.ts";

/** Indexes within each other. Tools write one or two. */
const DEEPEST = 4;
/** One index of 4 MiB, the most that registries take, has room for some 20,000. */
const MOST_IMAGES = 5_000;

/** A place on the way from an index down. All places of one way count together. */
export class IndexWalk {
  readonly #name: string;
  readonly #depth: number;
  readonly #seen: { entries: number };

  /**
   * Starts at the top.
   *
   * @param name How messages call the repository.
   */
  constructor(name: string, depth = 0, seen: { entries: number } = { entries: 0 }) {
    this.#name = name;
    this.#depth = depth;
    this.#seen = seen;
  }

  /**
   * Goes into an index.
   *
   * @throws {RangeError} if that is too deep, or all indexes up to now list too much.
   */
  into({ manifests }: Pick<ImageIndex, "manifests">): IndexWalk {
    this.#seen.entries += manifests.length;
    this.requireFew(this.#seen.entries);
    if (this.#depth < DEEPEST) return new IndexWalk(this.#name, this.#depth + 1, this.#seen);
    throw this.#refuse(`its indexes are nested more than ${DEEPEST} deep`);
  }

  /**
   * Checks how many images there are, each counted as often as it is listed.
   *
   * @throws {RangeError} if they are too many.
   */
  requireFew(images: number): void {
    if (images > MOST_IMAGES) {
      throw this.#refuse(`its indexes list more than ${MOST_IMAGES} images`);
    }
  }

  #refuse(reason: string): RangeError {
    return new RangeError(`Cannot read the image of ${this.#name}: ${reason}`);
  }
}
