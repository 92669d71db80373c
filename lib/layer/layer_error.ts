/** What is wrong with the bytes that were to become a layer. */

/** Thrown when input cannot be a layer: nothing to add, empty, not a tar archive, cut short, or compressed in a way that no runtime reads. */
export class LayerError extends Error {
  /** The name of its kind. */
  override readonly name = "LayerError";
}
