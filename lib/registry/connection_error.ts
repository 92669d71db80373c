/** The error for a connection that failed, inside this room: whoever called hears of a `RegistryError`. */

/** No answer, or an answer that broke off. Its cause says why. */
export class ConnectionError extends Error {
  override readonly name: string = "ConnectionError";

  constructor(cause: unknown) {
    super("the connection failed", { cause });
  }
}
