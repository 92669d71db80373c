/** Requests for tokens, and their answers (distribution's token and OAuth2 specifications). */

import { parseBoundedJson } from "../../base/bounded_json.ts";
import { encodeBase64 } from "../../base/base64.ts";
import type { Credential } from "./credential.ts";
import type { RealmSecret } from "./realm_policy.ts";

/** A token and its lifetime. */
export interface Token {
  readonly value: string;
  /** Milliseconds since 1970. */
  readonly issued: number;
  /** Lifetime that the token service gave it; milliseconds. */
  readonly life: number;
  /** A refresh token that replaces the one that was used. */
  readonly refreshToken?: string;
}

/** Options of {@linkcode tokenRequest}. */
export interface TokenQuestion {
  readonly realm: URL;
  /** The service of the challenge, if it has one. */
  readonly service: string | undefined;
  readonly scopes: readonly string[];
  readonly credential: Exclude<Credential, { readonly registryToken: string }> | undefined;
}

/** A request to a token service. */
export interface TokenRequest {
  readonly method: "GET" | "POST";
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly authorization: string | undefined;
  readonly body: string | undefined;
}

/** The name of this client for OAuth2 services. */
const CLIENT_ID = "appendlayer";

/** Milliseconds: the token specification's default, and the least lifetime that is expected. */
const SHORTEST_LIFE = 60_000;

/** Milliseconds before its end at which a token is renewed, or a quarter of its life if that is less. */
const EARLY = 10_000;

/** User names whose password is the token of a cloud. */
const TOKEN_USERS: ReadonlySet<string> = new Set([
  "00000000-0000-0000-0000-000000000000",
  "AWS",
  "_json_key",
  "_json_key_base64",
  "oauth2accesstoken",
]);

/** `Basic …` with the UTF-8 bytes of a user and a password. */
export function basicAuthorization(username: string, password: string): string {
  return `Basic ${encodeBase64(`${username}:${password}`)}`;
}

/** The kind of secret in a credential. */
export function secretOf(credential: Credential | undefined): RealmSecret {
  if (credential === undefined) return "none";
  return "username" in credential && !TOKEN_USERS.has(credential.username) ? "password" : "token";
}

/**
 * The request for a token: POST with an identity token, GET with Basic for a user and password, else a plain GET. Most services take these:
 * some have no POST, and none takes an identity token by GET.
 */
export function tokenRequest(question: TokenQuestion): TokenRequest {
  const { realm, service, scopes, credential } = question;
  const headers = { Accept: "application/json" };
  if (credential !== undefined && "identityToken" in credential) {
    const form = new URLSearchParams({ grant_type: "refresh_token" });
    if (service !== undefined) form.set("service", service);
    form.set("client_id", CLIENT_ID);
    form.set("scope", scopes.join(" "));
    form.set("refresh_token", credential.identityToken);
    return {
      method: "POST",
      url: realm,
      headers: { ...headers, "Content-Type": "application/x-www-form-urlencoded" },
      authorization: undefined,
      body: form.toString(),
    };
  }
  // One parameter for each scope: Quay takes one resource per `scope`. Appended as text, since the realm may have a signed query.
  const parameters = scopes.map((scope) => `scope=${encodeURIComponent(scope)}`);
  if (service !== undefined) parameters.unshift(`service=${encodeURIComponent(service)}`);
  const separator = realm.search === "" ? "?" : "&";
  return {
    method: "GET",
    url: parameters.length === 0 ? realm : new URL(realm.href + separator + parameters.join("&")),
    headers,
    authorization: credential && basicAuthorization(credential.username, credential.password),
    body: undefined,
  };
}

/**
 * Reads a token service's answer.
 *
 * @param now Milliseconds since 1970, in place of the answer's `issued_at`: the service's clock may be wrong.
 * @throws {SyntaxError} if it has no token. The message holds nothing of the answer.
 */
export function parseToken(text: string, now: number): Token {
  let answer: Record<string, unknown> | null;
  try {
    answer = parseBoundedJson(text) as typeof answer;
  } catch {
    throw new SyntaxError("the token service's answer is not JSON");
  }
  const value = nonEmpty(answer?.["access_token"]) ?? nonEmpty(answer?.["token"]);
  // The token must not break the header that it is put into (RFC 6750 §2.1 allows still fewer characters).
  if (value === undefined || !/^[\x21-\x7e]+$/.test(value)) {
    throw new SyntaxError("the token service's answer has no token");
  }
  const told = answer?.["expires_in"];
  const life = typeof told === "number" && told > 0 ? told * 1_000 : SHORTEST_LIFE;
  const refreshToken = nonEmpty(answer?.["refresh_token"]);
  return {
    value,
    issued: now,
    life,
    ...(refreshToken === undefined ? {} : { refreshToken }),
  };
}

/**
 * Whether a token can still be used.
 *
 * @param strictly Whether a lifetime of less than a minute counts, which otherwise is taken for a minute: a request whose body cannot be
 * sent twice must not get a 401.
 */
export function isFresh(token: Token, now: number, strictly: boolean): boolean {
  const life = strictly ? token.life : Math.max(token.life, SHORTEST_LIFE);
  return now < token.issued + life - Math.min(EARLY, life / 4);
}

function nonEmpty(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
