/** The files and variables that tools for containers keep credentials in, in the order in which they are asked. */

import type {
  Credential,
  CredentialRequest,
  CredentialSource,
} from "../../registry/auth/credential.ts";
import { builtin, hostProcess } from "../builtin.ts";
import { getFromHelper } from "./credential_helper.ts";
import { type DockerConfig, findInDockerConfig, parseDockerConfig } from "./docker_config.ts";
import { errorCode, errorReason } from "../system_error.ts";

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Options of {@linkcode createAuthFileCredentials}. */
export interface AuthFileOptions {
  /** @default this process's */
  readonly env?: Environment | undefined;
  /**
   * The user's directory.
   *
   * @default the system's answer
   */
  readonly home?: string | undefined;
}

/**
 * Finds credentials where `docker login` and `podman login` leave them: `DOCKER_AUTH_CONFIG` (JSON), the file that
 * `REGISTRY_AUTH_FILE` names, `$DOCKER_CONFIG/config.json`, containers' `auth.json`, `~/.docker/config.json`. The first that
 * knows the registry is taken. A file is read once.
 *
 * @throws from the source: {SyntaxError} for a broken file, `HelperError` for a helper that fails.
 */
export function createAuthFileCredentials(options: AuthFileOptions = {}): CredentialSource {
  const env = options.env ?? hostProcess?.env ?? {};
  let configs: Promise<DockerConfig[]> | undefined;
  return async (request) => {
    configs ??= readConfigs(env, options.home);
    return (await findCredential(await configs, request, env))?.credential;
  };
}

/**
 * The file, or the variable, that a registry's credential is taken from; undefined if there is none.
 *
 * @throws as {@linkcode createAuthFileCredentials}.
 */
export async function credentialPlace(
  registry: string,
  { env, home, signal }: AuthFileOptions & { readonly env: Environment; signal?: AbortSignal },
): Promise<string | undefined> {
  const request = { registry, repository: "", signal };
  return (await findCredential(await readConfigs(env, home), request, env))?.place;
}

async function findCredential(
  configs: readonly DockerConfig[],
  request: CredentialRequest,
  env: Environment,
): Promise<{ readonly credential: Credential; readonly place: string } | undefined> {
  for (const config of configs) {
    for (const registry of namesOf(request.registry)) {
      const finding = findInDockerConfig(config, { ...request, registry });
      if (finding === undefined) continue;
      const credential: Credential | undefined = "credential" in finding
        ? finding.credential
        : await getFromHelper(finding.helper, finding.key, { signal: request.signal, env });
      if (credential !== undefined) return { credential, place: config.name };
    }
  }
  return undefined;
}

/** Names of a registry in configs. A login to port 443 leaves the port out; a reference with a bare word as the host needs it. */
function namesOf(registry: string): string[] {
  const host = registry.replace(/:443$/, "");
  return host === registry ? [registry] : [registry, host];
}

/** Where `docker login` writes: `$DOCKER_CONFIG/config.json`, else `~/.docker/config.json`. */
export function dockerConfigPath(env: Environment, home?: string): string {
  const { join } = builtin("node:path");
  return env["DOCKER_CONFIG"]
    ? join(env["DOCKER_CONFIG"], "config.json")
    : join(homeOf(home), ".docker", "config.json");
}

/** Directory with one directory for each user. */
const RUNTIME_DIRECTORY = "/run/containers";

/**
 * Where `podman login` and `skopeo login` write, and look besides (containers-auth.json(5)).
 *
 * @param user The number of the user for whom Linux has a directory in `/run`.
 */
export function containersAuthPaths(
  env: Environment,
  { home, user }: { readonly home: string | undefined; readonly user: number | undefined },
): string[] {
  const { join } = builtin("node:path");
  const paths: string[] = [];
  if (env["XDG_RUNTIME_DIR"]) {
    paths.push(join(env["XDG_RUNTIME_DIR"], "containers", "auth.json"));
  } else if (user !== undefined) {
    paths.push(join(RUNTIME_DIRECTORY, String(user), "auth.json"));
  }
  const settings = env["XDG_CONFIG_HOME"] || join(homeOf(home), ".config");
  return [...paths, join(settings, "containers", "auth.json")];
}

function homeOf(home: string | undefined): string {
  return home ?? builtin("node:os").homedir();
}

async function readConfigs(env: Environment, home: string | undefined): Promise<DockerConfig[]> {
  const configs: DockerConfig[] = [];
  const inline = env["DOCKER_AUTH_CONFIG"];
  if (inline) configs.push(parseDockerConfig(inline, "DOCKER_AUTH_CONFIG"));
  const named = env["REGISTRY_AUTH_FILE"];
  if (named) {
    const config = await readConfig(named);
    if (config === undefined) {
      throw new Error(
        `Cannot read credentials from "${named}": REGISTRY_AUTH_FILE names it, and it is not there`,
      );
    }
    configs.push(config);
  }
  const user = hostProcess?.platform === "linux" ? hostProcess.getuid?.() : undefined;
  const paths = containersAuthPaths(env, { home, user });
  // Docker's own, where it was named, is the more explicit word.
  if (env["DOCKER_CONFIG"]) paths.unshift(dockerConfigPath(env));
  else paths.push(dockerConfigPath(env, home));
  for (const path of paths) {
    const config = await readConfig(path);
    if (config !== undefined) configs.push(config);
  }
  return configs;
}

/** Undefined if there is no such file; one that may not be read is an error. */
async function readConfig(path: string): Promise<DockerConfig | undefined> {
  let text: string;
  try {
    text = await builtin("node:fs").promises.readFile(path, "utf8");
  } catch (error) {
    const code = errorCode(error);
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    // Where root has made the directory for all users, the others may not look into it.
    if (code === "EACCES" && path.startsWith(RUNTIME_DIRECTORY)) return undefined;
    throw new Error(
      `Cannot read credentials from "${path}": ${errorReason(error)}`,
      { cause: error },
    );
  }
  // An empty file is what a CI job leaves that writes an unset secret into it.
  return text.trim() === "" ? undefined : parseDockerConfig(text, path);
}
