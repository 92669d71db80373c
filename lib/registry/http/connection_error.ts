/** The error for a connection that failed, inside this room: whoever called hears of a `RegistryError`. */

import { withoutSecrets } from "./failure.ts";

/** No answer, or an answer that broke off. Its cause says why, and holds no secret. */
export class ConnectionError extends Error {
  override readonly name: string = "ConnectionError";
  /** Who does not answer, where that is known. */
  origin: string | undefined;

  constructor(cause: unknown) {
    super("the connection failed", { cause: withoutSecrets(cause) });
  }
}
