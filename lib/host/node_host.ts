/** Everything that Deno, Bun and Node offer beyond web standards. */

import type { Fetch } from "../base/fetch.ts";
import type { Host } from "../image/host.ts";
import type { CredentialSource } from "../registry/credential.ts";
import { createAuthFileCredentials, type Environment } from "./auth_files.ts";
import { exchangeAzureToken } from "./azure_exchange.ts";
import { hostProcess } from "./builtin.ts";
import { openDirectory } from "./directory.ts";
import { createEnvironmentCredentials } from "./environment_credentials.ts";
import { createNativeHasher } from "./hasher.ts";
import { createFileSpool } from "./spool.ts";
import { createThreadedCodec } from "./threaded_codec.ts";
import { createTlsFetch, needsTlsFetch } from "./tls_fetch.ts";
import type { TlsOptions } from "./tls_options.ts";

/** Options of {@linkcode createNodeHost}. */
export interface NodeHostOptions {
  /**
   * Where credentials and proxies are found.
   *
   * @default this process's
   */
  readonly env?: Environment | undefined;
  /**
   * The user's directory, with `.docker` in it.
   *
   * @default the system's answer
   */
  readonly home?: string | undefined;
  readonly tls?: TlsOptions | undefined;
}

/** Makes the host of Deno, Bun and Node. Nothing is read or opened before it is used. */
export function createNodeHost(options: NodeHostOptions = {}): Host {
  const env = options.env ?? hostProcess?.env ?? {};
  const fetch: Fetch = needsTlsFetch(options.tls, env)
    ? createTlsFetch({ ...options.tls, env })
    : (url, init) => globalThis.fetch(url, init);
  const environment = createEnvironmentCredentials(
    env,
    (registry, accessToken, signal) => exchangeAzureToken(registry, accessToken, { fetch, signal }),
  );
  const files = createAuthFileCredentials({ env, home: options.home });
  const credentials: CredentialSource = async (request) =>
    await environment(request) ?? await files(request);
  return {
    fetch,
    createHasher: createNativeHasher,
    codec: createThreadedCodec(),
    createSpool: () => createFileSpool({ directory: env["TMPDIR"] || undefined }),
    openDirectory,
    credentials,
  };
}
