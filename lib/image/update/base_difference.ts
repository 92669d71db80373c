/** What images of one base cannot share. */

/** Thrown where images of one base want different things of a layer, so that each gets its own. */
export class BaseDifference extends Error {
  override readonly name = "BaseDifference";

  constructor() {
    super("The images of the base want different layers");
  }
}
