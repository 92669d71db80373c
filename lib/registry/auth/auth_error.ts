/** The error for not being let in. */

import type { Hint } from "../../base/hint.ts";

/** Data of an {@linkcode AuthError}. */
export interface AuthErrorOptions extends ErrorOptions {
  readonly hint?: Hint | undefined;
}

/**
 * Credentials that are missing, refused, or must not be sent where the registry wants them. The message holds none of them.
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
  /** The name of its kind. */
  override readonly name: string = "AuthError";
  /** What can be done about it, where that is known. */
  readonly hint: Hint | undefined;

  /** Makes an error of what could not be done, and why. */
  constructor(message: string, options: AuthErrorOptions = {}) {
    const { hint, ...rest } = options;
    super(message, rest);
    this.hint = hint;
  }
}
