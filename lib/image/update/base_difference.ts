/** The signal that images of one base cannot share a layer. */

/** Thrown if images of one base need different forms of a layer, so that each gets its own. */
export class BaseDifference extends Error {
  override readonly name = "BaseDifference";

  constructor() {
    super("The images of the base want different layers");
  }
}
