/** The signal that an optional layer has nothing in it. */

/** Thrown when an optional layer is opened and the base has all of it already. It is no failure. */
export class UnchangedError extends Error {
  /** Name of the class. */
  override readonly name = "UnchangedError";

  /** Its message is never shown. */
  constructor() {
    super("Cannot make a layer: the base has all of it already");
  }
}
