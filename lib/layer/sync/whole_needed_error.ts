/** The signal that a layer cannot be a difference to an earlier layer of its name, and has to be made whole. */

/** Thrown when a layer is opened or packed. It is no failure. */
export class WholeNeededError extends Error {
  /** Name of the class. */
  override readonly name = "WholeNeededError";

  /** Its message is never shown. */
  constructor() {
    super("Cannot keep the layer below of the same name");
  }
}
