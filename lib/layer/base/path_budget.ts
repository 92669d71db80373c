/** How much is remembered of the paths of a base: a layer of some megabytes may name gigabytes of them. */

import { LayerError } from "../layer_error.ts";

/** Paths, some 150 bytes each beside their text. */
export const MOST_PATHS = 1_000_000;

/** UTF-16 units of paths and of what links lead to. Of a system of 500,000 files, a path has some 80. */
const MOST_TEXT = 64 * 1024 * 1024;

/** Counts what all listings of one run remember together. */
export class PathBudget {
  #paths = 0;
  #text = 0;

  /**
   * Takes what has come, or gives back what is forgotten.
   *
   * @throws {LayerError} if it is more than any image has.
   */
  take(paths: number, text: number): void {
    this.#paths += paths;
    this.#text += text;
    if (this.#paths > MOST_PATHS) {
      throw new LayerError(`Cannot remember more than ${MOST_PATHS} paths of an image`);
    }
    if (this.#text > MOST_TEXT) {
      throw new LayerError(
        `Cannot remember the paths of an image: they have more than ${MOST_TEXT} characters`,
      );
    }
  }
}
