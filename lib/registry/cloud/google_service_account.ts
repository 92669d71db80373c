/** The signed assertion with which a service account asks for an access token (RFC 7523, RFC 7515). */

import type { Bytes } from "../../base/bytes.ts";
import { decodeBase64, encodeBase64Url } from "../../base/base64.ts";
import { AuthError } from "../auth/auth_error.ts";
import { secretIn } from "./cloud_request.ts";

/** The claims of the assertion. */
export interface AssertionOptions {
  readonly scope: string;
  /** The token service. */
  readonly audience: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly action: string;
}

/** Lifetime of the assertion in seconds: the most that Google accepts. */
const LIFE = 3_600;

const ALGORITHM = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };

/**
 * Makes a JWT, signed with the account's key by RS256.
 *
 * @throws {AuthError} if the file has no usable key.
 */
export async function serviceAccountAssertion(
  file: Readonly<Record<string, unknown>>,
  { scope, audience, now, action }: AssertionOptions,
): Promise<string> {
  const issued = Math.floor(now / 1_000);
  const keyId = file["private_key_id"];
  const header = { alg: "RS256", typ: "JWT", ...(typeof keyId === "string" ? { kid: keyId } : {}) };
  const claims = {
    iss: secretIn(file, "client_email", action),
    scope,
    aud: audience,
    iat: issued,
    exp: issued + LIFE,
  };
  const content = [header, claims].map((part) => encodeBase64Url(JSON.stringify(part))).join(".");
  const key = await importKey(file["private_key"], action);
  const bytes = new TextEncoder().encode(content);
  const signature = new Uint8Array(await crypto.subtle.sign(ALGORITHM, key, bytes));
  return `${content}.${encodeBase64Url(signature)}`;
}

async function importKey(pem: unknown, action: string): Promise<CryptoKey> {
  const [, body] =
    /-----BEGIN PRIVATE KEY-----([^-]+)-----END PRIVATE KEY-----/.exec(String(pem)) ?? [];
  try {
    const der: Bytes = decodeBase64(body ?? "");
    return await crypto.subtle.importKey("pkcs8", der, ALGORITHM, false, ["sign"]);
  } catch {
    // Without the cause, which could hold a part of the key.
    throw new AuthError(`${action}: the private_key of the credentials file is not a PKCS #8 key`);
  }
}
