/** Resolves the token service that a registry names, if it may be asked. */

import { asOwnOrigin } from "../http/origin.ts";
import { AuthError } from "./auth_error.ts";
import type { Credential } from "./credential.ts";
import { checkRealm } from "./realm_policy.ts";
import { secretOf } from "./token.ts";

/** Options of {@linkcode tokenRealm}. */
export interface TokenRealmOptions {
  /** The realm of the challenge; may be relative. */
  readonly text: string;
  /** URL of the request that was challenged. */
  readonly url: URL;
  /** What would be sent to the token service. */
  readonly credential: Credential | undefined;
  readonly action: string;
  /** The registry as the user named it. */
  readonly registry: string;
  readonly trustRealms: readonly string[];
  readonly isPublicSuffix: ((domain: string) => boolean) | undefined;
}

/**
 * Resolves a realm.
 *
 * @throws {AuthError} if it is no URL, or must not be sent the credential.
 */
export function tokenRealm(options: TokenRealmOptions): URL {
  const { text, url, credential, action, registry, trustRealms, isPublicSuffix } = options;
  let realm: URL;
  try {
    realm = asOwnOrigin(new URL(text, url), url);
  } catch (cause) {
    throw new AuthError(`${action}: "${registry}" names a token service that is not a URL`, {
      cause,
    });
  }
  const secret = secretOf(credential);
  const refused = checkRealm({
    realm,
    origin: url,
    registry,
    secret,
    trusted: trustRealms,
    isPublicSuffix,
  });
  if (refused === undefined) return realm;
  throw new AuthError(
    `${action}: "${registry}" names the token service ${realm.protocol}//${realm.host}, which is not asked: ${refused.message}`,
    { hint: refused.hint },
  );
}
