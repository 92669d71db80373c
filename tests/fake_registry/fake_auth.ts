/** Basic and Bearer authentication of a fake registry, with its token service. */

import { type FakeRequest, readText } from "./fake_request.ts";
import type { Profile } from "./profile.ts";
import { answer, refuse } from "./answer.ts";

/** Who may do what. */
export interface FakeAuth {
  readonly kind: "basic" | "bearer";
  /** @default {"user"} */
  readonly username?: string;
  /** @default {"secret:with:colons"} */
  readonly password?: string;
  /** An identity token that the token service takes. */
  readonly identityToken?: string;
  /** What `realm` says. @default {`${origin}/token`} */
  readonly realm?: string;
  /** Whether a token for pulling is given to anybody. @default {true} */
  readonly anonymousPull?: boolean;
  /** Milliseconds that a token lives. @default {300000} */
  readonly tokenLifetime?: number;
  /** What `expires_in` says, in seconds; `null` leaves it out. @default the lifetime */
  readonly expiresIn?: number | null;
}

interface Grant {
  readonly scopes: readonly string[];
  readonly expires: number;
}

/** The default user of every fake registry. */
export const USERNAME = "user";
/** The default password of every fake registry. */
export const PASSWORD = "secret:with:colons";

/** Decides who may do what, and issues tokens. */
export class FakeAuthority {
  readonly #auth: FakeAuth;
  readonly #profile: Profile;
  readonly #now: () => number;
  readonly #origin: string;
  readonly #grants: Map<string, Grant> = new Map();

  constructor(auth: FakeAuth, profile: Profile, origin: string, now: () => number) {
    this.#auth = auth;
    this.#profile = profile;
    this.#origin = origin;
    this.#now = now;
  }

  get realm(): string {
    return this.#auth.realm ?? `${this.#origin}/token`;
  }

  get tokensIssued(): number {
    return this.#grants.size;
  }

  /** Forgets every token that was issued. */
  revokeAll(): void {
    this.#grants.clear();
  }

  /** Whether a password or a token is part of a text. */
  isSecretIn(text: string): boolean {
    const { password = PASSWORD, username = USERNAME, identityToken } = this.#auth;
    const secrets = [password, btoa(`${username}:${password}`), ...this.#grants.keys()];
    if (identityToken !== undefined) secrets.push(identityToken);
    return secrets.some((secret) => text.includes(secret));
  }

  /** The 401 for a request that may not be done, or undefined if it may. */
  check(request: FakeRequest, needed: readonly string[]): Response | undefined {
    const authorization = request.headers.get("authorization");
    if (this.#auth.kind === "basic") {
      if (authorization === this.#basic()) return undefined;
      return this.#challenge(`Basic realm="Registry, \\"the\\" fake"`);
    }
    const grant = this.#grants.get(authorization?.replace(/^Bearer /, "") ?? "");
    if (grant !== undefined && grant.expires > this.#now()) {
      if (needed.every((scope) => covers(grant.scopes, scope))) return undefined;
      return this.#bearer(needed, ',error="insufficient_scope"');
    }
    if (this.#profile.basicAfterAuthorization && authorization !== null) {
      return this.#challenge('Basic realm="harbor"');
    }
    if (this.#profile.silentChallenge && request.url.pathname !== "/v2/") {
      return refuse(401, "UNAUTHORIZED", "authentication required");
    }
    return this.#bearer(needed, "");
  }

  /** The token service. */
  async issue(request: FakeRequest): Promise<Response> {
    const parameters = request.method === "POST"
      ? new URLSearchParams(await readText(request))
      : request.url.searchParams;
    const scopes = parameters.getAll("scope").flatMap((scope) => scope.split(" ")).filter(Boolean);
    const repositories = new Set(scopes.map((scope) => scope.split(":")[1]));
    if (this.#profile.oneRepositoryTokens && repositories.size > 1) {
      return refuse(400, "DENIED", "only one repository at a time");
    }
    if (!this.#profile.bareChallenge && parameters.get("service") !== "fake service") {
      return refuse(400, "UNSUPPORTED", "the service is missing");
    }
    const known = this.#knows(request, parameters);
    if (known === false) return refuse(401, "UNAUTHORIZED", "incorrect username or password");
    const granted = known ? scopes : this.#auth.anonymousPull === false ? [] : scopes.map(toPull);
    const token = `token-${crypto.randomUUID()}`;
    const lifetime = this.#auth.tokenLifetime ?? 300_000;
    this.#grants.set(token, { scopes: granted, expires: this.#now() + lifetime });
    const { expiresIn = lifetime / 1_000 } = this.#auth;
    return answer(
      200,
      {},
      JSON.stringify({
        token,
        ...(expiresIn === null ? {} : { expires_in: expiresIn }),
        issued_at: new Date(this.#now()).toISOString(),
      }),
    );
  }

  #knows(request: FakeRequest, parameters: URLSearchParams): boolean | undefined {
    if (request.method === "POST") {
      return parameters.get("grant_type") === "refresh_token" &&
        parameters.get("refresh_token") === this.#auth.identityToken &&
        this.#auth.identityToken !== undefined;
    }
    const authorization = request.headers.get("authorization");
    return authorization === null ? undefined : authorization === this.#basic();
  }

  #basic(): string {
    const { username = USERNAME, password = PASSWORD } = this.#auth;
    return `Basic ${btoa(`${username}:${password}`)}`;
  }

  #bearer(needed: readonly string[], more: string): Response {
    const scope = needed.length === 0 ? "" : `,scope="${needed.join(" ")}"`;
    if (this.#profile.bareChallenge) {
      return this.#challenge(`Bearer realm="${this.realm}"${more}, Basic`);
    }
    return this.#challenge(`Bearer realm="${this.realm}",service="fake service"${scope}${more}`);
  }

  #challenge(challenge: string): Response {
    return refuse(401, "UNAUTHORIZED", "authentication required", {
      "www-authenticate": challenge,
    });
  }
}

function toPull(scope: string): string {
  const [type, name] = scope.split(":");
  return `${type}:${name}:pull`;
}

function covers(granted: readonly string[], needed: string): boolean {
  const [type, name, actions = ""] = needed.split(":");
  const wanted = actions.split(",");
  return granted.some((scope) => {
    const [grantedType, grantedName, grantedActions = ""] = scope.split(":");
    const all = grantedActions.split(",");
    return type === grantedType && name === grantedName &&
      wanted.every((action) => all.includes(action) || all.includes("*"));
  });
}
