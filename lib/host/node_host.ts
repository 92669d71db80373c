/** Everything that Deno, Bun and Node offer beyond web standards. */

import type { Fetch } from "../base/fetch.ts";
import type { Host } from "../image/access/runtime_host.ts";
import type {
  Credential,
  CredentialRequest,
  CredentialSource,
} from "../registry/auth/credential.ts";
import { registryHost } from "../registry/http/origin.ts";
import { isUnproxiedHost } from "../registry/auth/private_host.ts";
import { createAuthFileCredentials, type Environment } from "./credentials/auth_files.ts";
import { hostProcess } from "./builtin.ts";
import { collectGarbage } from "./collect_garbage.ts";
import { createCloudCredentials } from "./credentials/cloud_credentials.ts";
import { cacheDirectory, createFileCache } from "./files/file_cache.ts";
import { openDirectory } from "./files/file_directory.ts";
import { createEnvironmentCredentials } from "./credentials/environment_credentials.ts";
import { runtime } from "./runtime.ts";
import { createNativeHasher } from "./native_hasher.ts";
import { archiveFiles } from "./files/archive_file.ts";
import { localFiles } from "./files/host_files.ts";
import { createFileSpool } from "./files/file_spool.ts";
import { createThreadedCodec } from "./compression/threaded_codec.ts";
import { createLoopbackFetch } from "./connection/loopback_fetch.ts";
import { createProxiedFetch } from "./connection/proxied_fetch.ts";
import { configuredProxies, proxyFor } from "./connection/proxy.ts";
import { createNativeFetch } from "./connection/native_fetch.ts";
import { findEngine } from "./connection/engine.ts";
import { createTlsFetch } from "./connection/tls_fetch.ts";
import type { TlsOptions } from "./connection/tls_options.ts";

/** Options of {@linkcode createNodeHost}. */
export interface NodeHostOptions {
  /**
   * Environment variables, which name credentials and proxies.
   *
   * @default those of this process
   */
  readonly env?: Environment | undefined;
  /**
   * The user's directory, with `.docker` in it.
   *
   * @default the system's answer
   */
  readonly home?: string | undefined;
  /** Certificates, and which to accept. */
  readonly tls?: TlsOptions | undefined;
  /**
   * The registry of `REFRESH_TOKEN`, if the token itself does not name it.
   *
   * @default the registry that is written to
   */
  readonly registry?: string | undefined;
  /**
   * Number of threads that compress; 0 compresses on the main thread.
   *
   * @default the number of cores, at most 8; none on a single core
   */
  readonly threads?: number | undefined;
}

/** The most bytes of a base that are read where the answer can matter. */
const READ_BASE_LIMIT = 64 * 1024 * 1024;

/** Makes the host of Deno, Bun and Node. Nothing is read or opened before its use. */
export function createNodeHost(options: NodeHostOptions = {}): Host {
  const env = options.env ?? hostProcess?.env ?? {};
  const fetch = createLoopbackFetch(chooseFetch(options.tls, env));
  const sources: readonly CredentialSource[] = [
    createEnvironmentCredentials({ env, fetch, registry: options.registry }),
    createAuthFileCredentials({ env, home: options.home }),
    createCloudCredentials({ env, fetch, home: options.home }),
  ];
  const directory = cacheDirectory(env, options.home);
  return {
    fetch,
    createHasher: createNativeHasher,
    codec: createThreadedCodec({ threads: options.threads }),
    createSpool: () => createFileSpool({ directory: env["TMPDIR"] || undefined }),
    openDirectory,
    archives: archiveFiles,
    findEngine: async () => await findEngine({ env, home: options.home }),
    readBaseLimit: READ_BASE_LIMIT,
    cache: directory === undefined ? undefined : createFileCache({ directory }),
    files: localFiles,
    collectGarbage,
    // Loaded only if a registry names a token service on another host.
    publicSuffixes: async () => (await import("./credentials/public_suffixes.ts")).isPublicSuffix,
    credentials: (request) => findFirst(sources, request),
  };
}

/** Asks the sources one after the other, the most explicit one first. */
async function findFirst(
  sources: readonly CredentialSource[],
  request: CredentialRequest,
): Promise<Credential | undefined> {
  for (const source of sources) {
    const credential = await source(request);
    if (credential !== undefined) return credential;
  }
  return undefined;
}

/** A `fetch` with the user's TLS options for the hosts that they name, and a plain one for all others. */
function chooseFetch(tls: TlsOptions | undefined, env: Environment): Fetch {
  const own = createFetch(tls, env);
  if (tls?.hosts === undefined || !(tls.insecure || tls.cert !== undefined)) return own;
  const { ca = [] } = tls;
  const other = createFetch(ca.length === 0 ? undefined : { ca }, env);
  const names = new Set(tls.hosts.map((host) => hostnameOf(`https://${registryHost(host)}`)));
  return (url, init) => (names.has(hostnameOf(url)) ? own : other)(url, init);
}

/** The `fetch` of Deno and Bun wherever it does what is wanted: it is the fastest. */
function createFetch(tls: TlsOptions | undefined, env: Environment): Fetch {
  const fetch = chooseNative(tls, env);
  return configuredProxies(env).length === 0
    ? fetch
    : createProxiedFetch(fetch, (url) => proxyFor(url, env));
}

function chooseNative(tls: TlsOptions | undefined, env: Environment): Fetch {
  const portable = createTlsFetch({ ...tls, env });
  // Node's own tees a streamed body, in case of a redirect, and so holds all of it: 2.2 GB for a layer of 2 GiB (20.20). And to load it
  // takes a third of the processor time of a small layer.
  if (runtime === "node") return portable;
  const proxies = configuredProxies(env);
  const readsProxies = runtime === "deno"
    // Deno 2.9 sends the proxy's password to the server too, inside the tunnel.
    ? !proxies.some((proxy) => proxy.includes("@"))
    : runtime === "bun";
  const native = proxies.length > 0 && !readsProxies ? undefined : createNativeFetch(tls);
  if (native === undefined) return portable;
  if (proxies.length === 0) return native;
  // Deno and Bun would ask the proxy for this machine's own addresses.
  return (url, init) => (isUnproxiedHost(hostnameOf(url)) ? portable : native)(url, init);
}

function hostnameOf(url: string): string {
  return new URL(url).hostname;
}
