/** The error for what an engine refuses. */

/** An engine's refusal. */
export class EngineError extends Error {
  override readonly name = "EngineError";
  /** Status of the answer; undefined where it came in the body of a good one. */
  readonly status: number | undefined;

  constructor(message: string, status?: number, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}
