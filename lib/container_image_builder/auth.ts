/** Finds the credential for an image, as `container-image-builder` did. */

import { checkOptions } from "../base/check_options.ts";
import { googleCredentials, isGoogleRegistry } from "../registry/cloud/google.ts";
import type { Credential, CredentialSource } from "../registry/auth/credential.ts";
import { DOCKER_HUB, type Reference } from "../oci/reference.ts";
import { ACCESS_OPTIONS, type AccessOptions, withAccess } from "../image/access/access.ts";
import {
  type AuthConfig,
  type AuthOptions,
  type AuthResult,
  checkAuthConfig,
  findAuth,
  fromCredential,
  toCredential,
} from "./auth_config.ts";
import { type ImageLocation, toReference } from "./image_location.ts";
import { defaultHost, withDefaultHost } from "../host/default_host.ts";

/** Google's token endpoint for service accounts, unless their key names another. */
const GOOGLE_TOKENS = "https://oauth2.googleapis.com/token";

/**
 * Finds the credential that a {@linkcode RegistryClient} needs: the one that the options have for the image's registry, else the one that
 * the host finds (Docker's config and credential helpers, the environment, Google's application default credentials). For Docker Hub and
 * Google's registries it is exchanged for a token.
 *
 * @example
 * ```ts
 * import { auth } from "@x/appendlayer/container-image-builder";
 *
 * await auth("ghcr.io/acme/app:1", "pull", { "ghcr.io": { Username: "acme", Secret: "…" } });
 * ```
 * @param image An image reference.
 * @param scope "pull" or "push,pull".
 * @returns an empty object if none was found: public repositories can be read without one.
 * @throws {AuthError} if a token service does not accept the credential.
 */
export async function auth(
  image: string | ImageLocation,
  scope: string,
  options: AuthConfig = {},
  access: AccessOptions = {},
): Promise<AuthResult> {
  checkOptions(access, ACCESS_OPTIONS, "auth()");
  const reference = toReference(image);
  const { registry, repository } = reference;
  const found = findAuth(options, registry, repository);
  const credential = await authCredentials(options, access)({ registry, repository });
  // A token in the options is used as it is, as by `container-image-builder`.
  if (found?.token || !givesTokens(registry)) return fromCredential(credential);
  return await withAccess(
    await withDefaultHost({ ...access, credentials: () => Promise.resolve(credential) }),
    async ({ authorization }) => {
      const header = await authorization(reference, scope.includes("push") ? "push" : "pull");
      const [, token] = /^Bearer (.+)$/.exec(header ?? "") ?? [];
      return token === undefined ? fromCredential(credential) : { token };
    },
  );
}

/** Makes a source of credentials: a configuration first, then the host. */
export function authCredentials(config: AuthConfig, access: AccessOptions): CredentialSource {
  checkAuthConfig(config);
  return async ({ registry, repository, signal }) => {
    const found = findAuth(config, registry, repository);
    if (found !== undefined) return await resolve(found, { registry, repository }, access);
    const { credentials } = access;
    if (typeof credentials === "function") {
      return await credentials({ registry, repository, signal });
    }
    const host = access.host ?? await defaultHost();
    return await host.credentials?.({ registry, repository, signal });
  };
}

async function resolve(
  options: AuthOptions,
  { registry, repository }: Pick<Reference, "registry" | "repository">,
  access: AccessOptions,
): Promise<Credential | undefined> {
  const { credentials, keyFilename } = options;
  const given = toCredential(options);
  if (given !== undefined || (credentials === undefined && keyFilename === undefined)) return given;
  const host = access.host ?? await defaultHost();
  const key = credentials === undefined
    ? readKeyFile(keyFilename ?? "", host.files?.text)
    : JSON.stringify({ type: "service_account", token_uri: GOOGLE_TOKENS, ...credentials });
  const source = googleCredentials({ credentials: key, fetch: access.fetch ?? host.fetch });
  return await source({ registry, repository, signal: access.signal });
}

function readKeyFile(
  path: string,
  text: ((path: string) => string | undefined) | undefined,
): string {
  const content = text?.(path);
  if (content !== undefined) return content;
  throw new TypeError(`Cannot read the key file "${path}": it is not there`);
}

/** Whether `auth` asks the registry's token service, as in `container-image-builder`; for other registries the client does. */
function givesTokens(registry: string): boolean {
  return registry === DOCKER_HUB || isGoogleRegistry(registry);
}
