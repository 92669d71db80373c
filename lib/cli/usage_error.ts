/** What is wrong with a command line. */

/** Thrown where the command line itself is at fault: the command then ends with 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
