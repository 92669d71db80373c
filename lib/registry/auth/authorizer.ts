/** Answers a registry's challenges: which header its requests carry. One for each registry. */

import { collectBytes } from "../../base/collect.ts";
import type { Hint } from "../../base/hint.ts";
import { SharedWork } from "../../base/shared_work.ts";
import { AuthError } from "./auth_error.ts";
import { type Challenge, chooseChallenge, parseChallenges } from "./challenge.ts";
import type { Challenged, RememberedChallenges } from "./remembered_challenges.ts";
import { checkCredential, type Credential, type CredentialSource } from "./credential.ts";
import { describeAnswer, parseErrorBody } from "../http/error_body.ts";
import { tokenRealm } from "./token_realm.ts";
import { readBody } from "../http/response_body.ts";
import { scopeKey, withChallengeScope } from "./scope.ts";
import { basicAuthorization, isFresh, parseToken, type Token, tokenRequest } from "./token.ts";
import type { LoadPublicSuffixes } from "../registry_options.ts";
import type { Transport } from "../http/transport.ts";

/** Bytes of a token service's answer. */
const TOKEN_LIMIT = 128 * 1024;

/** Milliseconds until a source is asked again: clouds' passwords end, and each source knows best when. */
const CREDENTIAL_LIFE = 300_000;

/** Options of {@linkcode Authorizer}. */
export interface AuthorizerOptions {
  /** The registry as it was named. */
  readonly registry: string;
  readonly transport: Transport;
  readonly credentials: CredentialSource;
  readonly trustRealms: readonly string[];
  /** Knows the domains under which strangers get names. */
  readonly publicSuffixes: LoadPublicSuffixes | undefined;
  /** Whether something is to be written there. */
  readonly isTarget: () => boolean;
  /** What earlier runs know; used until the registry itself has said anything. */
  readonly remembered: RememberedChallenges;
}

/** What a request needs to be allowed to. */
export interface AuthorizationRequest {
  readonly action: string;
  readonly repository: string;
  readonly scopes: readonly string[];
  /** Whether the body of the request cannot be sent twice. */
  readonly strictly?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

interface TokenEntry {
  readonly work: SharedWork<Token>;
  /** The result of the work. */
  token?: Token;
}

interface CredentialEntry {
  readonly work: SharedWork<Credential | undefined>;
  /** Milliseconds since 1970. */
  readonly until: number;
}

type TokenCredential = Exclude<Credential, { readonly registryToken: string }>;

/** Knows the challenges, credentials and tokens of one registry. */
export class Authorizer {
  readonly #options: AuthorizerOptions;
  /** The registry's first challenge, and those of repositories that differ (Artifactory), by repository. */
  readonly #challenges: Map<string, Challenged> = new Map();
  readonly #credentials: Map<string, CredentialEntry> = new Map();
  /** Requests for tokens by repository and scopes: one at a time for each. */
  readonly #tokens: Map<string, TokenEntry> = new Map();

  constructor(options: AuthorizerOptions) {
    this.#options = options;
  }

  /** The registry as it was named. */
  get registry(): string {
    return this.#options.registry;
  }

  /** Whether the registry has asked for credentials, and there are none. */
  async isAnonymous(repository: string): Promise<boolean> {
    const entry = this.#credentials.get(repository);
    return entry !== undefined && !entry.work.isLost && await entry.work.wait() === undefined;
  }

  /** Whether it is known how the registry challenges. */
  get isChallenged(): boolean {
    return this.#challenges.size > 0;
  }

  /**
   * The header for a request; undefined as long as the registry has not asked for any, and no earlier run knows that it will.
   *
   * @param url What is asked for, where what earlier runs know of its origin counts.
   * @throws {AuthError} if it cannot be had.
   */
  async authorization(
    request: AuthorizationRequest,
    url?: URL,
  ): Promise<string | undefined> {
    const challenged = this.#challenges.get(request.repository) ?? this.#challenges.get("");
    if (challenged !== undefined) return await this.#answer(challenged, request);
    const { remembered } = this.#options;
    const recalled = url && await remembered.recall(url);
    if (recalled === undefined) return undefined;
    try {
      return await this.#answer(recalled, request);
    } catch (error) {
      if (request.signal?.aborted) throw error;
      // The registry may name another token service by now.
      remembered.forget(recalled.url);
      return undefined;
    }
  }

  async #answer(
    challenged: Challenged,
    request: AuthorizationRequest,
  ): Promise<string | undefined> {
    const credential = await this.#credential(request);
    if (credential !== undefined && "registryToken" in credential) {
      return `Bearer ${credential.registryToken}`;
    }
    if (challenged.challenge.scheme === "basic") {
      if (credential !== undefined && "username" in credential) {
        return basicAuthorization(credential.username, credential.password);
      }
      const { registry } = this.#options;
      throw new AuthError(
        `${request.action}: "${registry}" asks for a user and password, and ${
          credential === undefined ? "none is configured" : "only a token is configured"
        }`,
        { hint: { kind: "log-in", registry } },
      );
    }
    const key = tokenKey(request);
    let entry = this.#tokens.get(key);
    if (entry === undefined || entry.work.isLost || this.#isStale(entry, request)) {
      entry = this.#order(key, request, challenged, credential);
    }
    return `Bearer ${(await entry.work.wait(request.signal)).value}`;
  }

  /**
   * Learns from a 401.
   *
   * @param sent The header that was refused.
   * @returns whether the request may be tried once more.
   */
  learn(
    { headers }: Response,
    url: URL,
    sent: string | undefined,
    request: AuthorizationRequest,
  ): boolean {
    const { repository } = request;
    const { remembered } = this.#options;
    const challenge = chooseChallenge(parseChallenges(headers.get("www-authenticate") ?? ""));
    const known = this.#challenges.get(repository) ?? this.#challenges.get("");
    const key = tokenKey(request);
    const token = this.#tokens.get(key)?.token;
    // Another request may have renewed it meanwhile.
    if (token !== undefined && sent === `Bearer ${token.value}`) this.#tokens.delete(key);
    if (known === undefined && sent !== undefined) {
      remembered.forget(url);
      // Harbor answers Basic to a token that it does not like: what a registry wants it says to a request without any.
      if (challenge?.scheme !== "bearer") return true;
    }
    if (challenge === undefined && known === undefined) return false;
    if (challenge !== undefined) {
      if (known === undefined) {
        this.#challenges.set("", { challenge, url });
        remembered.keep({ challenge, url });
      } else if (isOther(known.challenge, challenge)) {
        this.#challenges.set(repository, { challenge, url });
      }
    }
    return sent === undefined || sent.startsWith("Bearer ") || challenge?.scheme === "bearer";
  }

  async #credential({ repository, signal }: AuthorizationRequest): Promise<Credential | undefined> {
    const { credentials, registry, transport, isTarget } = this.#options;
    const known = this.#credentials.get(repository);
    if (known !== undefined && !known.work.isLost && transport.now() < known.until) {
      return await known.work.wait(signal);
    }
    const work = new SharedWork(async (shared) =>
      checkCredential(
        await credentials({ registry, repository, isTarget: isTarget(), signal: shared }),
        registry,
      )
    );
    this.#credentials.set(repository, { work, until: transport.now() + CREDENTIAL_LIFE });
    return await work.wait(signal);
  }

  #isStale({ token }: TokenEntry, { strictly = false }: AuthorizationRequest): boolean {
    return token !== undefined && !isFresh(token, this.#options.transport.now(), strictly);
  }

  #order(
    key: string,
    request: AuthorizationRequest,
    challenged: Challenged,
    credential: TokenCredential | undefined,
  ): TokenEntry {
    const work = new SharedWork(async (shared) => {
      const token = await this.#ask({ ...request, signal: shared }, challenged, credential);
      entry.token = token;
      // Its successor takes the place of an identity token that was used up; the source does not know it.
      if (token.refreshToken !== undefined && credential && "identityToken" in credential) {
        const successor = { identityToken: token.refreshToken };
        this.#credentials.set(request.repository, {
          work: new SharedWork(() => Promise.resolve(successor)),
          until: Infinity,
        });
      }
      return token;
    });
    const entry: TokenEntry = { work };
    this.#tokens.set(key, entry);
    return entry;
  }

  async #ask(
    { action, scopes, signal }: AuthorizationRequest,
    { challenge, url }: Challenged,
    credential: TokenCredential | undefined,
  ): Promise<Token> {
    const { registry, transport } = this.#options;
    const { parameters } = challenge;
    const named = parameters.get("realm") ?? "";
    const isPublicSuffix = await this.#options.publicSuffixes?.();
    const { trustRealms } = this.#options;
    const realm = tokenRealm({
      text: named,
      url,
      credential,
      action,
      registry,
      trustRealms,
      isPublicSuffix,
    });
    const request = tokenRequest({
      realm,
      service: parameters.get("service"),
      scopes: withChallengeScope(scopes, parameters.get("scope")),
      credential,
    });
    const failed = (reason: string, cause?: unknown, hint?: Hint): AuthError =>
      new AuthError(`${action}: no token for "${registry}" from ${realm.host}: ${reason}`, {
        hint,
        ...(cause === undefined ? {} : { cause }),
      });
    const body = request.body;
    const { status, text } = await transport.send({
      action: `${action}: cannot get a token`,
      method: request.method,
      url: request.url,
      headers: request.headers,
      authorization: request.authorization,
      body: body === undefined ? undefined : () => body,
      // A token service that sends the password on somewhere else is not followed.
      leavesOrigin: false,
      allowance: transport.createAllowance(),
      signal,
    }, async ({ response, exchange }) => {
      const limit = TOKEN_LIMIT;
      const bytes = await collectBytes(readBody(response, exchange), { limit, what: "a token" });
      return { status: response.status, text: new TextDecoder().decode(bytes) };
    });
    if (status >= 300 && status < 400) {
      throw failed(`it answered ${status}, a redirect to elsewhere`);
    }
    if (status !== 200) {
      const isRefused = status === 401 || status === 403;
      const kind = credential === undefined ? "log-in" : "refused-credential";
      const said = describeAnswer(status, parseErrorBody(text));
      throw failed(`it answered ${said}`, undefined, isRefused ? { kind, registry } : undefined);
    }
    try {
      return parseToken(text, transport.now());
    } catch (cause) {
      throw failed((cause as Error).message, cause);
    }
  }
}

function tokenKey({ repository, scopes }: AuthorizationRequest): string {
  return `${repository} ${scopeKey(scopes)}`;
}

/** Whether a later challenge replaces an earlier one; Basic after Bearer is a harbor's word for a token that it does not like. */
function isOther(known: Challenge, challenge: Challenge): boolean {
  if (challenge.scheme !== "bearer") return false;
  return known.scheme !== "bearer" ||
    known.parameters.get("realm") !== challenge.parameters.get("realm") ||
    known.parameters.get("service") !== challenge.parameters.get("service");
}
