/** Answers the challenges of a registry with the `Authorization` header of its requests. */

import type { Hint } from "../../base/hint.ts";
import { SharedWork } from "../../base/shared_work.ts";
import { AuthError } from "./auth_error.ts";
import { type Challenge, chooseChallenge, parseChallenges } from "./challenge.ts";
import type { Challenged, RememberedChallenges } from "./remembered_challenges.ts";
import { checkCredential, type Credential, type CredentialSource } from "./credential.ts";
import { describeAnswer, parseErrorBody } from "../http/error_body.ts";
import { tokenRealm } from "./token_realm.ts";
import { scopeKey, withChallengeScope } from "./scope.ts";
import { basicAuthorization, isFresh, parseToken, type Token, tokenRequest } from "./token.ts";
import type { LoadPublicSuffixes } from "../registry_options.ts";
import type { Transport } from "../http/transport.ts";
import { readAll } from "../http/response_body.ts";

/** The most bytes of a token service's answer. */
const TOKEN_LIMIT = 128 * 1024;

/** Milliseconds until a credential source is asked again: clouds' passwords expire, and the source knows when. */
const CREDENTIAL_LIFE = 300_000;

/** Options of {@linkcode Authorizer}. */
export interface AuthorizerOptions {
  /** The registry as it was named. */
  readonly registry: string;
  readonly transport: Transport;
  readonly credentials: CredentialSource;
  readonly trustRealms: readonly string[];
  readonly publicSuffixes: LoadPublicSuffixes | undefined;
  /** Whether something is to be written to the registry. */
  readonly isTarget: () => boolean;
  /** Challenges of earlier runs, used until the registry itself sends one. */
  readonly remembered: RememberedChallenges;
}

/** What a request needs access to. */
export interface AuthorizationRequest {
  readonly action: string;
  readonly repository: string;
  readonly scopes: readonly string[];
  /** Whether the request cannot be sent twice, so that its token must not expire. */
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
  /** When the source is asked again; milliseconds since 1970. */
  readonly until: number;
}

type TokenCredential = Exclude<Credential, { readonly registryToken: string }>;

/** Holds the challenges, credentials and tokens of one registry. */
export class Authorizer {
  readonly #options: AuthorizerOptions;
  /** The registry's first challenge (under ""), and those of repositories that differ (Artifactory). */
  readonly #challenges: Map<string, Challenged> = new Map();
  readonly #credentials: Map<string, CredentialEntry> = new Map();
  /** Tokens, and requests for them, by repository and scopes. */
  readonly #tokens: Map<string, TokenEntry> = new Map();

  constructor(options: AuthorizerOptions) {
    this.#options = options;
  }

  /** The registry as it was named. */
  get registry(): string {
    return this.#options.registry;
  }

  /** Whether credentials for a repository were looked for, and there are none. */
  async isAnonymous(repository: string): Promise<boolean> {
    const entry = this.#credentials.get(repository);
    return entry !== undefined && !entry.work.isLost && await entry.work.wait() === undefined;
  }

  /** Whether the registry has sent a challenge in this run. */
  get isChallenged(): boolean {
    return this.#challenges.size > 0;
  }

  /**
   * The header for a request; undefined if the registry has not sent a challenge, in this run or an earlier one.
   *
   * @param url The URL of the request, whose origin's challenge of an earlier run may be used.
   * @throws {AuthError} if there is no credential or token for it.
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
      entry = this.#startToken(key, request, challenged, credential);
    }
    return `Bearer ${(await entry.work.wait(request.signal)).value}`;
  }

  /**
   * Takes the challenge of a 401.
   *
   * @param sent The `Authorization` header that was refused.
   * @returns whether the request may be sent once more.
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
    // Unless another request has renewed the token meanwhile.
    if (token !== undefined && sent === `Bearer ${token.value}`) this.#tokens.delete(key);
    if (known === undefined && sent !== undefined) {
      remembered.forget(url);
      // Harbor answers a refused token with a Basic challenge. The real challenge comes to a request without a token.
      if (challenge?.scheme !== "bearer") return true;
    }
    if (challenge === undefined && known === undefined) return false;
    if (challenge !== undefined) {
      if (known === undefined) {
        this.#challenges.set("", { challenge, url });
        remembered.keep({ challenge, url });
      } else if (replaces(challenge, known.challenge)) {
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

  #startToken(
    key: string,
    request: AuthorizationRequest,
    challenged: Challenged,
    credential: TokenCredential | undefined,
  ): TokenEntry {
    const work = new SharedWork(async (shared) => {
      const token = await this.#fetchToken({ ...request, signal: shared }, challenged, credential);
      entry.token = token;
      // A refresh token replaces the identity token, which is used up; the source does not know it.
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

  async #fetchToken(
    { action, scopes, signal }: AuthorizationRequest,
    { challenge, url }: Challenged,
    credential: TokenCredential | undefined,
  ): Promise<Token> {
    const { registry, transport, trustRealms } = this.#options;
    const { parameters } = challenge;
    const isPublicSuffix = await this.#options.publicSuffixes?.();
    const realm = tokenRealm({
      text: parameters.get("realm") ?? "",
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
      // The password is not sent on to where a token service redirects.
      leavesOrigin: false,
      allowance: transport.createAllowance(),
      signal,
    }, async (answer) => {
      const bytes = await readAll(answer, { limit: TOKEN_LIMIT, what: "a token" });
      return { status: answer.response.status, text: new TextDecoder().decode(bytes) };
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

/** Whether a challenge replaces an earlier one. Basic after Bearer does not: so Harbor refuses a token. */
function replaces(challenge: Challenge, known: Challenge): boolean {
  if (challenge.scheme !== "bearer") return false;
  return known.scheme !== "bearer" ||
    known.parameters.get("realm") !== challenge.parameters.get("realm") ||
    known.parameters.get("service") !== challenge.parameters.get("service");
}
