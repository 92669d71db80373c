/** The error for a wrong command line. */

/** Thrown if the command line is wrong: the program then exits with 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
