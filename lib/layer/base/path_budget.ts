/** How much is remembered of the paths of a base: a layer of some megabytes may name gigabytes of them. */

import { LayerError } from "../layer_error.ts";

/** Paths, some 100 bytes each beside their text: a million files with their directories. */
export const MOST_PATHS = 1_500_000;

/**
 * Characters of names, of what links lead to, and of whole paths of directories. Of a system of 500,000 files, a name has some 15, and a
 * whole path 80.
 */
export const MOST_TEXT: number = 64 * 1024 * 1024;

/** Counts what all listings of one run remember together. */
export class PathBudget {
  readonly #most: number;
  #paths = 0;
  #text = 0;

  /** @param most Paths. */
  constructor(most: number = MOST_PATHS) {
    this.#most = most;
  }

  /**
   * Takes what has come, or gives back what is forgotten.
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
  }
}
