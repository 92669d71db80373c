/** Credentials for Azure Container Registry: exchanges an Entra ID access token for a refresh token of the registry. */

import type { Credential, CredentialSource } from "../auth/credential.ts";
import { type CloudOptions, requestCloud, secretIn } from "./cloud_request.ts";

/** Options of {@linkcode azureCredentials}. */
export interface AzureOptions extends CloudOptions {
  /** An Entra ID access token, as `az account get-access-token` prints it. */
  readonly accessToken: string;
  /** The tenant of the registry, if it is not that of the token. */
  readonly tenant?: string | undefined;
  /**
   * Further hosts that are Azure registries.
   *
   * @default {[]}
   */
  readonly hosts?: readonly string[] | undefined;
}

const AZURE_HOST = /^(?:[a-z0-9-]+\.)+azurecr\.(?:io|cn|us|de)$/;

/**
 * Whether a host is an Azure registry. It is compared label by label: `evil-azurecr.io` and `x.azurecr.io.evil.com` are none.
 *
 * @param hosts Further hosts that the user names as Azure registries.
 */
export function isAzureRegistry(registry: string, hosts: readonly string[] = []): boolean {
  return AZURE_HOST.test(registry) || hosts.includes(registry);
}

/**
 * Credentials for Azure registries, and none for any other: the access token lets its holder do all that the user can.
 *
 * @example
 * ```ts
 * import { azureCredentials } from "@x/appendlayer/credentials";
 *
 * const credentials = azureCredentials({ accessToken: "eyJ…" });
 * ```
 */
export function azureCredentials(options: AzureOptions): CredentialSource {
  const known = new Map<string, Promise<Credential>>();
  return async ({ registry, signal }) => {
    if (!isAzureRegistry(registry, options.hosts)) return undefined;
    let credential = known.get(registry);
    if (credential === undefined) {
      credential = exchangeAzureToken(registry, options, signal);
      known.set(registry, credential);
      credential.catch(() => known.delete(registry));
    }
    return await credential;
  };
}

async function exchangeAzureToken(
  registry: string,
  options: AzureOptions,
  signal: AbortSignal | undefined,
): Promise<Credential> {
  const action = `Cannot get credentials for "${registry}" from Azure`;
  const form = new URLSearchParams({ grant_type: "access_token", service: registry });
  if (options.tenant !== undefined) form.set("tenant", options.tenant);
  form.set("access_token", options.accessToken);
  const answer = await requestCloud(options, {
    action,
    url: new URL(`https://${registry}/oauth2/exchange`),
    headers: { "Content-Type": "application/x-www-form-urlencoded", Accept: "application/json" },
    body: form.toString(),
    signal,
  });
  return { identityToken: secretIn(answer, "refresh_token", action) };
}
