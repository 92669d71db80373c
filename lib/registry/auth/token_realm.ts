/** The token service that a registry names, if it may be asked. */

import { asOwnOrigin } from "../http/origin.ts";
import { AuthError } from "./auth_error.ts";
import type { Credential } from "./credential.ts";
import { checkRealm } from "./realm_policy.ts";
import { secretOf } from "./token.ts";

/** What a realm is made of, and judged by. */
export interface TokenRealmOptions {
  /** As the challenge has it; perhaps relative. */
  readonly text: string;
  /** What was challenged. */
  readonly url: URL;
  /** What would be sent there. */
  readonly credential: Credential | undefined;
  readonly action: string;
  /** The registry as it was named. */
  readonly registry: string;
  readonly trustRealms: readonly string[];
  readonly isPublicSuffix: ((domain: string) => boolean) | undefined;
}

/**
 * Resolves a realm.
 *
 * @throws {AuthError} if it is no URL, or one that must not be told what would be sent.
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
