/** `REFRESH_TOKEN` and `ACCESS_TOKEN`, which appendlayer has taken since its first version. */

import { decodeBase64 } from "../base/base64.ts";
import type { CredentialSource } from "../registry/credential.ts";
import type { Environment } from "./auth_files.ts";

/** Turns an access token of Azure's directory into a refresh token of a registry. */
export type ExchangeAccessToken = (
  registry: string,
  accessToken: string,
  signal: AbortSignal | undefined,
) => Promise<string>;

/** Domains of Azure's registries; a host must end in one of them label by label. */
const AZURE_DOMAINS = ["azurecr.io", "azurecr.cn", "azurecr.us", "azurecr.de"] as const;

/** Whether a host is one of Azure's registries: `acme.azurecr.io`, and not `acme.azurecr.io.example.com`. */
export function isAzureRegistry(registry: string): boolean {
  return AZURE_DOMAINS.some((domain) => registry.endsWith(`.${domain}`));
}

/**
 * Finds what the environment says: `REFRESH_TOKEN` is the user's explicit word for the registry that is named, `ACCESS_TOKEN` goes
 * to Azure's registries only. A variable that is set but empty counts as unset.
 */
export function createEnvironmentCredentials(
  env: Environment,
  exchange: ExchangeAccessToken,
): CredentialSource {
  return async ({ registry, signal }) => {
    const refreshToken = env["REFRESH_TOKEN"];
    if (refreshToken && isMeantFor(refreshToken, registry)) return { identityToken: refreshToken };
    const accessToken = env["ACCESS_TOKEN"];
    if (accessToken && isAzureRegistry(registry)) {
      return { identityToken: await exchange(registry, accessToken, signal) };
    }
    return undefined;
  };
}

/** Azure's refresh tokens name their registry as audience (RFC 7519 §4.1.3): such a one goes nowhere else. */
function isMeantFor(token: string, registry: string): boolean {
  const payload = token.split(".")[1];
  if (payload === undefined) return true;
  try {
    const base64 = payload.replaceAll("-", "+").replaceAll("_", "/");
    const { aud } = JSON.parse(new TextDecoder().decode(decodeBase64(base64))) ?? {};
    return typeof aud !== "string" || !/^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(aud) || aud === registry;
  } catch {
    return true;
  }
}
