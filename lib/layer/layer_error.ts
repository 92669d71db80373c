/** The error of input that cannot be a layer. */

import type { Hint } from "../base/hint.ts";

/**
 * Thrown when input cannot be a layer: nothing to add, empty, not a tar archive, cut short, or compressed in a way that no runtime reads.
 *
 * @example
 * ```ts
 * import { appendLayer, LayerError } from "@x/appendlayer";
 *
 * const layers = [new Blob(["no archive"])];
 * const error = await appendLayer("scratch", "oci:layer:7", { layers }).catch((error) => error);
 * console.log(error instanceof LayerError); // true
 * ```
 */
export class LayerError extends Error {
  /** Name of the class. */
  override readonly name = "LayerError";
  /** What can be done about it, if that is known. */
  readonly hint: Hint | undefined;

  /** Takes a message, and a hint. */
  constructor(message: string, options: ErrorOptions & { readonly hint?: Hint } = {}) {
    const { hint, ...rest } = options;
    super(message, rest);
    this.hint = hint;
  }
}
