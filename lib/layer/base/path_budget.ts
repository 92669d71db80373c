/** Limits the memory for the paths of a base: a layer of some megabytes may name gigabytes of them. */

import { LayerError } from "../layer_error.ts";

/** The most paths, which take some 100 bytes each beside their text: a million files with their directories. */
export const MOST_PATHS = 1_500_000;

/**
 * The most characters of names, of link targets, and of whole paths of directories. In a system of 500,000 files a name has some 15, and a
 * whole path 80.
 */
export const MOST_TEXT: number = 64 * 1024 * 1024;

/** Paths between two garbage collections; each leaves some kilobytes. */
const PATHS_PER_COLLECTION = 16_384;

/** Counts the paths of all listings of one run together. */
export class PathBudget {
  readonly #most: number;
  readonly #collectGarbage: (() => void) | undefined;
  #paths = 0;
  #text = 0;
  #nextCollection = PATHS_PER_COLLECTION;

  /**
   * @param collectGarbage Called now and then where paths are many.
   * @param most Paths.
   */
  constructor(collectGarbage?: () => void, most: number = MOST_PATHS) {
    this.#most = most;
    this.#collectGarbage = collectGarbage;
  }

  /**
   * Adds paths and characters; negative numbers give back what was forgotten.
   *
   * @throws {LayerError} if it is more than any image has.
   */
  take(paths: number, text: number): void {
    this.#paths += paths;
    this.#text += text;
    if (this.#paths > this.#most) {
      throw new LayerError(`Cannot remember more than ${this.#most} paths of an image`);
    }
    if (this.#text > MOST_TEXT) {
      throw new LayerError(
        `Cannot remember the paths of an image: they have more than ${MOST_TEXT} characters`,
      );
    }
    if (this.#paths < this.#nextCollection) return;
    this.#nextCollection = this.#paths + PATHS_PER_COLLECTION;
    this.#collectGarbage?.();
  }
}
