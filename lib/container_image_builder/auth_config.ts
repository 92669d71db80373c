/** Credentials in the form that `container-image-builder` took them. */

import type { OptionNames } from "../base/check_options.ts";
import type { Credential } from "../registry/auth/credential.ts";
import { findLongestMatch } from "../registry/auth/longest_match.ts";
import { DOCKER_HUB_NAMES } from "../oci/reference.ts";

/** A credential: a token that is sent as it is, or a user and a password. An empty one is anonymous. */
export interface AuthResult {
  /** A Bearer token; the other fields are then not needed. */
  readonly token?: string | undefined;
  /** The user's name. */
  readonly Username?: string | undefined;
  /** The password. */
  readonly Secret?: string | undefined;
}

/** The fields of a Google service account's key file that are needed to sign. */
export interface GoogleKey {
  /** Private key in PEM. */
  readonly "private_key": string;
  /** Email address of the service account. */
  readonly "client_email": string;
}

/** A credential, or for Google's registries a service account's key. */
export interface AuthOptions extends AuthResult {
  /** A service account's key file, parsed. */
  readonly credentials?: GoogleKey | undefined;
  /** The path of a service account's key file. */
  readonly keyFilename?: string | undefined;
}

/**
 * Credentials by registry (`ghcr.io`), or by registry and the beginning of the repository's path (`ghcr.io/acme`), which takes
 * precedence. `gcr.io` also stands for `us.gcr.io` and the like.
 */
export interface AuthConfig {
  /** The credential for a registry, or for a registry and path. */
  readonly [registry: string]: AuthOptions | undefined;
}

/** User name that marks an identity token, as Docker's credential helpers use it. */
const IDENTITY_TOKEN = "<token>";

/** Finds the configured credential with the longest key that matches a repository. */
export function findAuth(
  config: AuthConfig,
  registry: string,
  repository: string,
): AuthOptions | undefined {
  for (const name of namesOf(registry)) {
    const found = findLongestMatch(config, [name], repository);
    if (found !== undefined) return found.value;
  }
  return undefined;
}

/** Converts to the core's form of a credential; undefined for anonymous. */
export function toCredential({ token, Username, Secret }: AuthResult): Credential | undefined {
  if (token) return { registryToken: token };
  if (Username === IDENTITY_TOKEN && Secret) return { identityToken: Secret };
  if (Username && Secret !== undefined) return { username: Username, password: Secret };
  return undefined;
}

/** Converts to `container-image-builder`'s form of a credential. */
export function fromCredential(credential: Credential | undefined): AuthResult {
  if (credential === undefined) return {};
  if ("username" in credential) {
    return { Username: credential.username, Secret: credential.password };
  }
  if ("registryToken" in credential) return { token: credential.registryToken };
  return { Username: IDENTITY_TOKEN, Secret: credential.identityToken };
}

function namesOf(registry: string): readonly string[] {
  if (DOCKER_HUB_NAMES.includes(registry)) return DOCKER_HUB_NAMES;
  // The dot matters: `evilgcr.io` belongs to somebody else.
  return registry.endsWith(".gcr.io") ? [registry, "gcr.io"] : [registry];
}

const AUTH_FIELDS: OptionNames<AuthOptions> = {
  token: true,
  Username: true,
  Secret: true,
  credentials: true,
  keyFilename: true,
};

/**
 * Checks a configuration. Unknown fields are allowed, since the answers of token services and credential helpers have some.
 *
 * @throws {TypeError} if a credential has fields, but none that is known.
 */
export function checkAuthConfig(config: AuthConfig): void {
  for (const [registry, options] of Object.entries(config)) {
    const fields = Object.keys(options ?? {});
    if (fields.length === 0 || fields.some((field) => Object.hasOwn(AUTH_FIELDS, field))) continue;
    throw new TypeError(
      `Cannot use the auth for "${registry}": expected token, Username and Secret, credentials or keyFilename, got ${
        fields.join(", ")
      }`,
    );
  }
}
