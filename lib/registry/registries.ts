/** The registries of one command, and what they share. */

import type { CreateHasher } from "../base/hash/hasher.ts";
import { createSha256 } from "../base/hash/sha256.ts";
import { parseRegistryName, parseRepositoryName } from "../oci/reference.ts";
import type { Repository } from "../storage/repository.ts";
import { Authorizer } from "./auth/authorizer.ts";
import { RememberedChallenges } from "./auth/remembered_challenges.ts";
import { Endpoint, failed } from "./http/endpoint.ts";
import { isCertificateError } from "./http/failure.ts";
import { registryHost } from "./http/origin.ts";
import type { RegistryOptions } from "./registry_options.ts";
import { RemoteRepository } from "./remote_repository.ts";
import { dropBody } from "./http/response_body.ts";
import { Scheme } from "./http/scheme.ts";
import { type Access, requestScopes } from "./auth/scope.ts";
import { Transport } from "./http/transport.ts";

/** Default of `RegistryOptions.bufferSize`, bytes. */
const BUFFER_SIZE = 8 * 1024 * 1024;

/**
 * The registries of one command. All repositories share their tokens, back-off, limits on requests, and what is known of each registry.
 *
 * @example
 * ```ts no-eval
 * const registries = new Registries({ retries: 2 });
 * const repository = registries.open("ghcr.io", "acme/app", "push");
 * const manifest = await repository.getManifest("1");
 * ```
 */
export class Registries {
  readonly #options: RegistryOptions;
  readonly #transport: Transport;
  readonly #createHasher: CreateHasher;
  readonly #remembered: RememberedChallenges;
  readonly #endpoints: Map<string, Endpoint> = new Map();
  /** Registries that something is written to. */
  readonly #targets: Set<string> = new Set();
  /** Work in the background. */
  readonly #background: Set<Promise<unknown>> = new Set();

  constructor(options: RegistryOptions = {}) {
    this.#options = options;
    this.#transport = new Transport(options);
    this.#createHasher = options.createHasher ?? createSha256;
    this.#remembered = new RememberedChallenges({
      cache: options.cache,
      now: this.#transport.now,
      runInBackground: (work) => this.#runInBackground(work),
    });
  }

  /**
   * Opens a repository. No request is sent before it is used.
   *
   * @param registry `ghcr.io`, `localhost:5000`
   * @param repository `acme/app`
   * @param access The access that tokens are requested for. Some registries create a repository at a request for "push".
   * @param isTarget Whether it is to be written to, even if only in a dry run.
   * @throws {SyntaxError} if either is not a name.
   */
  open(
    registry: string,
    repository: string,
    access: Access,
    isTarget: boolean = access === "push",
  ): Repository {
    const name = parseRegistryName(registry);
    if (isTarget) this.#targets.add(name);
    return new RemoteRepository({
      endpoint: this.#endpoint(name),
      registry: name,
      repository: parseRepositoryName(repository),
      access,
      createHasher: this.#createHasher,
      bufferSize: this.#options.bufferSize ?? BUFFER_SIZE,
      runInBackground: (work) => this.#runInBackground(work),
    });
  }

  /**
   * The `Authorization` header of requests for a repository; undefined if the registry asks for none.
   *
   * @throws {SyntaxError} if either is not a name.
   * @throws {AuthError} if the registry or its token service does not accept the credentials.
   */
  async authorization(
    registry: string,
    repository: string,
    access: Access,
    signal?: AbortSignal,
  ): Promise<string | undefined> {
    const name = parseRegistryName(registry);
    const path = parseRepositoryName(repository);
    return await this.#endpoint(name).authorization({
      action: `Cannot get access to "${name}/${path}"`,
      repository: path,
      scopes: requestScopes(path, access),
      signal,
    });
  }

  /**
   * Sends a request to a registry's root, with credentials if it asks for them.
   *
   * @throws {AuthError} if the registry or its token service does not accept the credentials.
   * @throws {RegistryError} if it refuses or does not answer.
   */
  async check(registry: string, signal?: AbortSignal): Promise<void> {
    const name = parseRegistryName(registry);
    const request = { action: `Cannot log in to "${name}"`, method: "GET" };
    await this.#endpoint(name).send(
      { ...request, target: "/v2/", repository: "", scopes: [], signal },
      async (answer) => {
        if (!answer.response.ok) throw await failed(request, answer);
        await dropBody(answer.response, answer.exchange);
      },
    );
  }

  /** Waits for work in the background, such as the cancelling of uploads. It never fails. */
  async settle(): Promise<void> {
    while (this.#background.size > 0) await Promise.all(this.#background);
  }

  #endpoint(registry: string): Endpoint {
    let endpoint = this.#endpoints.get(registry);
    if (endpoint === undefined) {
      const { credentials, trustRealms = [], plainHttp = false, onWarning } = this.#options;
      const transport = this.#transport;
      endpoint = new Endpoint({
        transport,
        authorizer: new Authorizer({
          registry,
          transport,
          credentials: credentials ?? (() => Promise.resolve(undefined)),
          trustRealms,
          publicSuffixes: this.#options.publicSuffixes,
          isTarget: () => this.#targets.has(registry),
          remembered: this.#remembered,
        }),
        scheme: new Scheme({
          host: registryHost(registry),
          plain: plainFor(registry, plainHttp),
          isAnswered: (origin, signal) => isAnswered(transport, origin, signal),
          delay: transport.delay,
        }),
        onWarning,
      });
      this.#endpoints.set(registry, endpoint);
    }
    return endpoint;
  }

  #runInBackground(work: Promise<unknown>): void {
    const silent = work.catch(() => {}).finally(() => this.#background.delete(silent));
    this.#background.add(silent);
  }
}

function plainFor(
  registry: string,
  plainHttp: boolean | readonly string[],
): "no" | "this" | "all" {
  if (typeof plainHttp === "boolean") return plainHttp ? "all" : "no";
  const host = registry.replace(/:\d+$/, "");
  return plainHttp.some((name) => name === registry || name === host) ? "this" : "no";
}

async function isAnswered(
  transport: Transport,
  origin: string,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    const url = new URL("/v2/", origin);
    const request = { action: "Cannot reach a registry", method: "GET", url, signal };
    const status = await transport.send(
      { ...request, repeats: false, leavesOrigin: false },
      async ({ response, exchange }) => {
        await dropBody(response, exchange);
        return response.status;
      },
    );
    // Servers of Go and nginx answer plain http on a TLS port with 400.
    return url.protocol === "https:" || status !== 400;
  } catch (error) {
    // A server with a certificate speaks TLS, even if the certificate is refused.
    return isCertificateError(error);
  }
}
