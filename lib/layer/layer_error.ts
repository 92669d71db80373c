/** The error of input that cannot be a layer. */

/** Thrown when input cannot be a layer: nothing to add, empty, not a tar archive, cut short, or compressed in a way that no runtime reads. */
export class LayerError extends Error {
  /** Name of the class. */
  override readonly name = "LayerError";
}
