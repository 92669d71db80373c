/** The error for a failed connection, which callers of this room get as a `RegistryError`. */

import { withoutSecrets } from "./failure.ts";

/** No answer, or an answer that broke off. Its cause says why, and holds no secret. */
export class ConnectionError extends Error {
  override readonly name: string = "ConnectionError";
  /** The origin that did not answer, if it is known. */
  origin: string | undefined;

  constructor(cause: unknown) {
    super("the connection failed", { cause: withoutSecrets(cause) });
  }
}
