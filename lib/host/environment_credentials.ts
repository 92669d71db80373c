/** `REFRESH_TOKEN` and `ACCESS_TOKEN`, which appendlayer has taken since its first version. */

import { decodeBase64 } from "../base/base64.ts";
import type { Fetch } from "../base/fetch.ts";
import type { CredentialSource } from "../registry/credential.ts";
import type { Environment } from "./auth_files.ts";

/** Options of {@linkcode createEnvironmentCredentials}. */
export interface EnvironmentCredentialsOptions {
  readonly env: Environment;
  readonly fetch?: Fetch | undefined;
}

/**
 * Finds what the environment says: `REFRESH_TOKEN` is the user's explicit word for the registry that is named, `ACCESS_TOKEN` is
 * exchanged at Azure's registries and sent to no other. A variable that is set but empty counts as unset.
 */
export function createEnvironmentCredentials(
  { env, fetch }: EnvironmentCredentialsOptions,
): CredentialSource {
  const refreshToken = env["REFRESH_TOKEN"];
  const accessToken = env["ACCESS_TOKEN"];
  let azure: Promise<CredentialSource> | undefined;
  return async (request) => {
    if (refreshToken && isMeantFor(refreshToken, request.registry)) {
      return { identityToken: refreshToken };
    }
    if (!accessToken) return undefined;
    azure ??= import("../registry/cloud/azure.ts").then(({ azureCredentials }) =>
      azureCredentials({ accessToken, fetch })
    );
    return await (await azure)(request);
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
