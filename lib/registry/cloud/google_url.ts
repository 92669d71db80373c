/** URLs inside credentials files: such a file may come from anybody, so that it must not choose where secrets go. */

import { AuthError } from "../auth/auth_error.ts";

/**
 * A URL of Google's APIs.
 *
 * @throws {AuthError} if it is any other.
 */
export function googleUrl(value: unknown, action: string): URL {
  let url: URL | undefined;
  try {
    url = new URL(String(value));
  } catch {
    // The same as a URL of somebody else.
  }
  const isGoogle = url?.protocol === "https:" && url.hostname.endsWith(".googleapis.com") &&
    url.port === "" && url.username === "" && url.password === "";
  if (url !== undefined && isGoogle) return url;
  throw new AuthError(`${action}: the credentials file names a URL that is not of googleapis.com`);
}
