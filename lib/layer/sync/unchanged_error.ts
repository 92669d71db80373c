/** What a layer that may be left out throws, instead of an archive, where there is nothing to put into it. */

/** Thrown while a layer is opened: the base has all of it already. It is no failure. */
export class UnchangedError extends Error {
  /** Name of the class. */
  override readonly name = "UnchangedError";

  /** Takes no message: nobody is shown it. */
  constructor() {
    super("Cannot make a layer: the base has all of it already");
  }
}
