/** Checks URLs of credentials files: whoever made the file must not choose where secrets are sent. */

import { AuthError } from "../auth/auth_error.ts";

/**
 * Parses a URL of Google's APIs.
 *
 * @throws {AuthError} if it is any other URL.
 */
export function googleUrl(value: unknown, action: string): URL {
  let url: URL | undefined;
  try {
    url = new URL(String(value));
  } catch {
    // Handled as any other URL.
  }
  const isGoogle = url?.protocol === "https:" && url.hostname.endsWith(".googleapis.com") &&
    url.port === "" && url.username === "" && url.password === "";
  if (url !== undefined && isGoogle) return url;
  throw new AuthError(`${action}: the credentials file names a URL that is not of googleapis.com`);
}
