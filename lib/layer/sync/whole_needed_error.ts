/** What a layer throws that was to lie on an earlier one of its name, where that one has to be made anew. */

/** Thrown while a layer is opened or packed. It is no failure. */
export class WholeNeededError extends Error {
  /** Name of the class. */
  override readonly name = "WholeNeededError";

  /** Takes no message: nobody is shown it. */
  constructor() {
    super("Cannot keep the layer below of the same name");
  }
}
