/** The error for not being let in. */

/** Credentials that are missing, refused, or must not be sent where the registry wants them. The message holds none of them. */
export class AuthError extends Error {
  /** The name of its kind. */
  override readonly name: string = "AuthError";
}
