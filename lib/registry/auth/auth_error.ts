/** The error for missing or refused credentials. */

import type { Hint } from "../../base/hint.ts";

/** Data of an {@linkcode AuthError}. */
export interface AuthErrorOptions extends ErrorOptions {
  readonly hint?: Hint | undefined;
}

/**
 * Thrown if credentials are missing or refused, or must not be sent to the token service that the registry names. It holds no secret.
 *
 * @example
 * ```ts
 * import { AuthError, inspectImage } from "@x/appendlayer";
 *
 * // A registry that lets nobody in.
 * const fetch = (): Promise<Response> => Promise.resolve(Response.json({}, { status: 401 }));
 * const error = await inspectImage("ghcr.io/acme/app:1", { fetch }).catch((error) => error);
 * if (error instanceof AuthError) console.log(error.message, error.hint?.kind); // … log-in
 * ```
 */
export class AuthError extends Error {
  /** Name of the class. */
  override readonly name: string = "AuthError";
  /** What can be done about it, if that is known. */
  readonly hint: Hint | undefined;

  /** Takes a message, and a hint. */
  constructor(message: string, options: AuthErrorOptions = {}) {
    const { hint, ...rest } = options;
    super(message, rest);
    this.hint = hint;
  }
}
