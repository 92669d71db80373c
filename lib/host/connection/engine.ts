/** Finds the engine of this machine, as Docker's and Podman's own commands do. */

import type { Fetch } from "../../base/fetch.ts";
import type { EngineConnection } from "../../engine/engine_connection.ts";
import { isJsonObject } from "../../oci/json.ts";
import { hashText } from "../native_hasher.ts";
import { builtin, hostProcess } from "../builtin.ts";
import type { Environment } from "../credentials/auth_files.ts";
import { errorCode } from "../system_error.ts";
import { createSocketFetch } from "./socket_fetch.ts";
import { createTlsFetch } from "./tls_fetch.ts";

/** Options of {@linkcode findEngine}. */
export interface FindEngineOptions {
  readonly env: Environment;
  /**
   * The user's directory, with `.docker` in it.
   *
   * @default the system's answer
   */
  readonly home?: string | undefined;
}

/** Reasons why no engine answers, by error code. */
const REASONS: ReadonlyMap<string, string> = new Map([
  ["ENOENT", "there is no such socket"],
  ["EACCES", "permission denied: this user may not use the socket"],
  ["ECONNREFUSED", "nobody listens there"],
]);

/** A possible address of an engine, and where it comes from. */
interface EnginePlace {
  readonly address: string;
  readonly from: string;
  /** Directory of `ca.pem`, `cert.pem` and `key.pem`. */
  readonly certificates?: string | undefined;
  /** Whether any certificate is accepted. */
  readonly isInsecure?: boolean | undefined;
}

/**
 * Finds the engine: `DOCKER_HOST`, the context of `DOCKER_CONTEXT` or Docker's config, `CONTAINER_HOST`, else the usual sockets.
 *
 * @throws {Error} if there is none; the message lists where it was searched for.
 * @throws {SyntaxError} if an address is invalid or cannot be used.
 */
export function findEngine({ env, home }: FindEngineOptions): EngineConnection {
  const user = home ?? builtin("node:os").homedir();
  const named = namedPlace(env, user);
  if (named !== undefined) return connect(named);
  const sockets = usualSockets(env, user);
  const found = sockets.find((path) => builtin("node:fs").existsSync(path));
  if (found !== undefined) {
    return connect({ address: socketAddress(found), from: "the usual place" });
  }
  throw new Error(
    `Cannot find an engine: there is none at ${
      sockets.join(", ")
    }, and neither DOCKER_HOST, DOCKER_CONTEXT nor CONTAINER_HOST names one`,
  );
}

function namedPlace(env: Environment, home: string): EnginePlace | undefined {
  const { join } = builtin("node:path");
  const docker = env["DOCKER_HOST"];
  if (docker) {
    const isSecure = env["DOCKER_TLS_VERIFY"] || env["DOCKER_TLS"];
    return {
      address: docker,
      from: "DOCKER_HOST",
      certificates: isSecure ? env["DOCKER_CERT_PATH"] || join(home, ".docker") : undefined,
    };
  }
  const directory = env["DOCKER_CONFIG"] || join(home, ".docker");
  const context = env["DOCKER_CONTEXT"] || currentContext(directory);
  if (context && context !== "default") return contextPlace(context, directory);
  const podman = env["CONTAINER_HOST"];
  return podman ? { address: podman, from: "CONTAINER_HOST" } : undefined;
}

function currentContext(directory: string): string | undefined {
  const config = readJson(builtin("node:path").join(directory, "config.json"));
  const context = config?.["currentContext"];
  return typeof context === "string" ? context : undefined;
}

/** The address of a context, whose directory is named by the SHA-256 of the context's name. */
function contextPlace(context: string, directory: string): EnginePlace {
  const { join } = builtin("node:path");
  const id = hashText(context);
  const meta = readJson(join(directory, "contexts", "meta", id, "meta.json"));
  const endpoints = meta?.["Endpoints"];
  const docker = isJsonObject(endpoints) ? endpoints["docker"] : undefined;
  const address = isJsonObject(docker) ? docker["Host"] : undefined;
  if (typeof address !== "string" || address === "") {
    throw new Error(`Cannot find an engine: there is no Docker context ${JSON.stringify(context)}`);
  }
  const certificates = join(directory, "contexts", "tls", id, "docker");
  return {
    address,
    from: `the Docker context ${JSON.stringify(context)}`,
    certificates: builtin("node:fs").existsSync(certificates) ? certificates : undefined,
    isInsecure: isJsonObject(docker) && docker["SkipTLSVerify"] === true,
  };
}

function readJson(path: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(builtin("node:fs").readFileSync(path, "utf8"));
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The usual sockets: of Docker, rootless Docker, Docker Desktop, then Podman. */
function usualSockets(env: Environment, home: string): readonly string[] {
  if (hostProcess?.platform === "win32") return ["\\\\.\\pipe\\docker_engine"];
  const { join } = builtin("node:path");
  const runtime = env["XDG_RUNTIME_DIR"];
  return [
    "/var/run/docker.sock",
    ...(runtime ? [join(runtime, "docker.sock")] : []),
    join(home, ".docker", "run", "docker.sock"),
    ...(runtime ? [join(runtime, "podman", "podman.sock")] : []),
    "/run/podman/podman.sock",
  ];
}

function socketAddress(path: string): string {
  return path.startsWith("\\\\") ? `npipe://${path.replaceAll("\\", "/")}` : `unix://${path}`;
}

function connect(
  { address, from, certificates, isInsecure = false }: EnginePlace,
): EngineConnection {
  const [, scheme = "", rest = ""] = /^([a-z]+):\/\/(.*)$/.exec(address) ?? [];
  const shown = address.replace(/\/\/[^/@]*@/, "//…@");
  if ((scheme === "unix" || scheme === "npipe") && rest !== "") {
    const socketPath = scheme === "unix" ? rest : rest.replaceAll("/", "\\");
    return {
      address: shown,
      from,
      url: "http://localhost",
      fetch: withReasons(createSocketFetch(socketPath)),
    };
  }
  if (["tcp", "http", "https"].includes(scheme) && URL.canParse(`http://${rest}`)) {
    const isSecure = scheme === "https" || certificates !== undefined || isInsecure;
    const { host } = new URL(`http://${rest}`);
    return {
      address: shown,
      from,
      url: `${isSecure ? "https" : "http"}://${host}`,
      fetch: withReasons(
        createTlsFetch({
          ...(certificates === undefined ? {} : readCertificates(certificates)),
          insecure: isInsecure,
        }),
      ),
    };
  }
  throw new SyntaxError(
    `Cannot use the engine "${shown}" that ${from} names: ${
      scheme === "ssh"
        ? "ssh is not spoken here; forward its socket with ssh -L, and name that"
        : 'expected "unix://PATH", "tcp://HOST:PORT" or "npipe://PIPE"'
    }`,
  );
}

/** Wraps a `fetch` so that its errors say why no engine answers, instead of naming a system call. */
function withReasons(fetch: Fetch): Fetch {
  return async (url, init) => {
    try {
      return await fetch(url, init);
    } catch (error) {
      const reason = REASONS.get(errorCode(error) ?? "");
      throw reason === undefined ? error : new TypeError(reason);
    }
  };
}

function readCertificates(directory: string): {
  readonly ca: readonly string[];
  readonly cert: string | undefined;
  readonly key: string | undefined;
} {
  const read = (name: string): string | undefined => {
    const path = builtin("node:path").join(directory, name);
    return builtin("node:fs").existsSync(path)
      ? builtin("node:fs").readFileSync(path, "utf8")
      : undefined;
  };
  const ca = read("ca.pem");
  return { ca: ca === undefined ? [] : [ca], cert: read("cert.pem"), key: read("key.pem") };
}
