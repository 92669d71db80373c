/** Credentials for Google's registries (Artifact Registry, `gcr.io`) from application default credentials, by web standards only. */

import { AuthError } from "../auth/auth_error.ts";
import type { CredentialSource } from "../auth/credential.ts";
import { type CloudOptions, requestCloud, secretIn } from "./cloud_request.ts";
import { externalAccountToken } from "./google_external_account.ts";
import { serviceAccountAssertion } from "./google_service_account.ts";
import { googleUrl } from "./google_url.ts";

/** Options of {@linkcode googleCredentials}. */
export interface GoogleOptions extends CloudOptions {
  /** An OAuth2 access token. */
  readonly accessToken?: string | undefined;
  /** The text of a credentials file: `service_account`, `authorized_user` or `external_account`. */
  readonly credentials?: string | undefined;
  /**
   * If neither is given: the host of the metadata server, which gives tokens to machines in Google's cloud.
   *
   * @default {"169.254.169.254"}
   */
  readonly metadataHost?: string | undefined;
  /** Reads a file that the credentials name. Without it, `external_account` is not supported. */
  readonly readFile?: ((path: string) => Promise<string>) | undefined;
}

/** An access token and its end. */
interface AccessToken {
  readonly value: string;
  /** Milliseconds since 1970. */
  readonly expires: number;
}

const GOOGLE_HOST = /^(?:(?:[a-z0-9-]+\.)*gcr\.io|(?:[a-z0-9-]+\.)+pkg\.dev)$/;

/** The scope of tokens: Google's registries have no narrower one. */
const SCOPE = "https://www.googleapis.com/auth/cloud-platform";

const FORM = { "Content-Type": "application/x-www-form-urlencoded", Accept: "application/json" };

/** Whether a host is one of Google's registries. It is compared label by label: `evilpkg.dev` is none. */
export function isGoogleRegistry(registry: string): boolean {
  return GOOGLE_HOST.test(registry);
}

/**
 * Credentials for Google's registries, and none for any other. An access token is kept until shortly before it expires.
 *
 * @example
 * ```ts no-eval
 * import { appendLayer } from "@x/appendlayer";
 * import { googleCredentials } from "@x/appendlayer/credentials";
 *
 * const serviceAccountJson = await (await fetch("https://config.example.com/key.json")).text();
 * const credentials = googleCredentials({ credentials: serviceAccountJson });
 * await appendLayer("gcr.io/acme/app:1", "gcr.io/acme/app:2", { layers: [new Blob()], credentials });
 * ```
 */
export function googleCredentials(options: GoogleOptions): CredentialSource {
  const now = options.now ?? Date.now;
  let token: Promise<AccessToken> | undefined;
  return async ({ registry, signal }) => {
    if (!isGoogleRegistry(registry)) return undefined;
    const action = `Cannot get credentials for "${registry}" from Google`;
    if (token !== undefined && (await token).expires <= now()) token = undefined;
    if (token === undefined) {
      token = fetchToken(options, action, now(), signal);
      token.catch(() => token = undefined);
    }
    return { username: "oauth2accesstoken", password: (await token).value };
  };
}

async function fetchToken(
  options: GoogleOptions,
  action: string,
  now: number,
  signal: AbortSignal | undefined,
): Promise<AccessToken> {
  const { accessToken, credentials } = options;
  if (accessToken !== undefined) return { value: accessToken, expires: Infinity };
  const answer = credentials === undefined
    ? await askMetadataServer(options, action, signal)
    : await exchangeFile(options, credentials, action, now, signal);
  const life = Number(answer["expires_in"] ?? 3_600);
  // A minute early, so that it does not expire during a request.
  const expires = now + (Number.isFinite(life) ? life - 60 : 0) * 1_000;
  return { value: secretIn(answer, "access_token", action), expires };
}

async function askMetadataServer(
  options: GoogleOptions,
  action: string,
  signal: AbortSignal | undefined,
): Promise<Readonly<Record<string, unknown>>> {
  const host = options.metadataHost ?? "169.254.169.254";
  const path = "/computeMetadata/v1/instance/service-accounts/default/token";
  return await requestCloud(options, {
    action,
    method: "GET",
    url: new URL(`http://${host}${path}`),
    headers: { "Metadata-Flavor": "Google" },
    answerHeader: ["metadata-flavor", "Google"],
    signal,
  });
}

async function exchangeFile(
  options: GoogleOptions,
  text: string,
  action: string,
  now: number,
  signal: AbortSignal | undefined,
): Promise<Readonly<Record<string, unknown>>> {
  const file = parseFile(text, action);
  const send = (url: URL, form: Record<string, string>): ReturnType<typeof requestCloud> =>
    requestCloud(options, {
      action,
      url,
      headers: FORM,
      body: new URLSearchParams(form).toString(),
      signal,
    });
  switch (file["type"]) {
    case "service_account": {
      const url = googleUrl(file["token_uri"], action);
      const assertion = await serviceAccountAssertion(file, {
        scope: SCOPE,
        audience: url.href,
        now,
        action,
      });
      return await send(url, {
        grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
        assertion,
      });
    }
    case "authorized_user":
      return await send(new URL("https://oauth2.googleapis.com/token"), {
        grant_type: "refresh_token",
        client_id: secretIn(file, "client_id", action),
        client_secret: secretIn(file, "client_secret", action),
        refresh_token: secretIn(file, "refresh_token", action),
      });
    case "external_account":
      return await externalAccountToken(file, { ...options, action, scope: SCOPE, signal });
    default:
      throw new AuthError(
        `${action}: credentials of type ${JSON.stringify(file["type"] ?? null)} are not supported`,
      );
  }
}

function parseFile(text: string, action: string): Readonly<Record<string, unknown>> {
  try {
    const file: unknown = JSON.parse(text);
    if (typeof file === "object" && file !== null) return file as Record<string, unknown>;
  } catch {
    // The parser's message could hold a secret.
  }
  throw new AuthError(`${action}: the credentials file is not a JSON object`);
}
