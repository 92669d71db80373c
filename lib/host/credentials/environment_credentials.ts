/** Takes credentials from `REFRESH_TOKEN` and `ACCESS_TOKEN`, as appendlayer has since its first version. */

import { decodeBase64 } from "../../base/base64.ts";
import type { Fetch } from "../../base/fetch.ts";
import type { CredentialSource } from "../../registry/auth/credential.ts";
import type { Environment } from "./auth_files.ts";

/** Options of {@linkcode createEnvironmentCredentials}. */
export interface EnvironmentCredentialsOptions {
  readonly env: Environment;
  readonly fetch?: Fetch | undefined;
  /**
   * The registry of `REFRESH_TOKEN`, if the token itself does not name it.
   *
   * @default the registry that is written to
   */
  readonly registry?: string | undefined;
}

/**
 * Takes credentials from the environment: `REFRESH_TOKEN` is for one registry, and `ACCESS_TOKEN` is exchanged at Azure's registries and
 * sent to no other. An empty variable counts as unset.
 */
export function createEnvironmentCredentials(
  { env, fetch, registry }: EnvironmentCredentialsOptions,
): CredentialSource {
  const refreshToken = env["REFRESH_TOKEN"];
  const accessToken = env["ACCESS_TOKEN"];
  let azure: Promise<CredentialSource> | undefined;
  return async (request) => {
    if (refreshToken) {
      const audience = registriesOf(refreshToken);
      const isMeant = audience.length > 0
        ? audience.includes(request.registry)
        : registry === undefined
        ? request.isTarget === true
        : registry === request.registry;
      if (isMeant) return { identityToken: refreshToken };
    }
    if (!accessToken) return undefined;
    azure ??= import("../../registry/cloud/azure.ts").then(({ azureCredentials }) =>
      azureCredentials({ accessToken, fetch })
    );
    return await (await azure)(request);
  };
}

/** The registries that a token names as its audience (RFC 7519 §4.1.3), as Azure's do. It is sent to no others. */
function registriesOf(token: string): string[] {
  const payload = token.split(".")[1];
  if (payload === undefined) return [];
  try {
    const base64 = payload.replaceAll("-", "+").replaceAll("_", "/");
    const { aud } = JSON.parse(new TextDecoder().decode(decodeBase64(base64))) ?? {};
    return [aud].flat().flatMap((name) => {
      const [, host] = /^(?:https?:\/\/)?([^/]+)\/*$/.exec(String(name)) ?? [];
      return host !== undefined && /^[a-z0-9-]+(\.[a-z0-9-]+)*(:\d+)?$/.test(host) &&
          /[.:]/.test(host)
        ? [host]
        : [];
    });
  } catch {
    return [];
  }
}
