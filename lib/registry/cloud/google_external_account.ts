/** Workload identity federation: exchanges a token of another cloud or CI for one of Google (RFC 8693). */

import { parseBoundedJson } from "../../base/bounded_json.ts";
import { AuthError } from "../auth/auth_error.ts";
import { type CloudOptions, requestCloud, secretIn } from "./cloud_request.ts";
import { googleUrl } from "./google_url.ts";

/** Options of {@linkcode externalAccountToken}. */
export interface ExternalAccountOptions extends CloudOptions {
  readonly action: string;
  readonly scope: string;
  readonly readFile?: ((path: string) => Promise<string>) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Exchanges the token. Returns an answer with an `access_token`.
 *
 * @throws {AuthError} if the other side's token is not in a file. A URL in the credentials file is not asked, since whoever made that file
 * would choose it.
 */
export async function externalAccountToken(
  file: Readonly<Record<string, unknown>>,
  options: ExternalAccountOptions,
): Promise<Readonly<Record<string, unknown>>> {
  const { action, scope, signal } = options;
  const impersonation = file["service_account_impersonation_url"];
  const exchanged = await requestCloud(options, {
    action,
    url: googleUrl(file["token_url"], action),
    headers: { "Content-Type": "application/x-www-form-urlencoded", Accept: "application/json" },
    body: new URLSearchParams({
      grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
      requested_token_type: "urn:ietf:params:oauth:token-type:access_token",
      audience: secretIn(file, "audience", action),
      scope,
      subject_token_type: secretIn(file, "subject_token_type", action),
      subject_token: await subjectToken(file, options),
    }).toString(),
    signal,
  });
  if (impersonation === undefined) return exchanged;
  const answer = await requestCloud(options, {
    action,
    url: googleUrl(impersonation, action),
    headers: {
      "Content-Type": "application/json",
      Authorization: `Bearer ${secretIn(exchanged, "access_token", action)}`,
    },
    body: JSON.stringify({ scope: [scope] }),
    signal,
  });
  return { access_token: answer["accessToken"] };
}

async function subjectToken(
  file: Readonly<Record<string, unknown>>,
  { action, readFile }: ExternalAccountOptions,
): Promise<string> {
  const source = (file["credential_source"] ?? {}) as Readonly<Record<string, unknown>>;
  const path = source["file"];
  if (typeof path !== "string" || readFile === undefined) {
    throw new AuthError(`${action}: external_account credentials are supported with a file only`);
  }
  const text = (await readFile(path)).trim();
  const format = (source["format"] ?? {}) as Readonly<Record<string, unknown>>;
  if (format["type"] !== "json") return text;
  const field = String(format["subject_token_field_name"]);
  let parsed: Readonly<Record<string, unknown>> = {};
  try {
    parsed = (parseBoundedJson(text) ?? {}) as typeof parsed;
  } catch {
    // Reported as a missing field. The parser's message could hold a secret.
  }
  return secretIn(parsed, field, action);
}
