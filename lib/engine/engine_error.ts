/** The error for a request that an engine refuses. */

/** An engine has refused a request. */
export class EngineError extends Error {
  override readonly name = "EngineError";
  /** The answer's status; undefined if the error was in the body of a successful answer. */
  readonly status: number | undefined;

  constructor(message: string, status?: number, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}
