/** Finds credentials in the files and variables of other container tools. */

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
  /** @default those of this process */
  readonly env?: Environment | undefined;
  /**
   * The user's directory.
   *
   * @default the system's answer
   */
  readonly home?: string | undefined;
}

/**
 * Finds credentials where `docker login` and `podman login` store them: `DOCKER_AUTH_CONFIG` (JSON), the file that
 * `REGISTRY_AUTH_FILE` names, `$DOCKER_CONFIG/config.json`, containers' `auth.json`, `~/.docker/config.json`. The first one that has the
 * registry is used. A file is read once.
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
 * The file or variable that has a registry's credential; undefined if there is none.
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

/** Names of a registry in configs. A login to port 443 is stored without the port, which a reference with a bare word as host needs. */
function namesOf(registry: string): string[] {
  const host = registry.replace(/:443$/, "");
  return host === registry ? [registry] : [registry, host];
}

/** The file of `docker login`: `$DOCKER_CONFIG/config.json`, else `~/.docker/config.json`. */
export function dockerConfigPath(env: Environment, home?: string): string {
  const { join } = builtin("node:path");
  return env["DOCKER_CONFIG"]
    ? join(env["DOCKER_CONFIG"], "config.json")
    : join(homeOf(home), ".docker", "config.json");
}

/** The directory with one directory for each user. */
const RUNTIME_DIRECTORY = "/run/containers";

/**
 * The files that `podman login` and `skopeo login` write and read (containers-auth.json(5)).
 *
 * @param user Number of the user, on Linux.
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
  // Docker's own comes first if it is named explicitly.
  if (env["DOCKER_CONFIG"]) paths.unshift(dockerConfigPath(env));
  else paths.push(dockerConfigPath(env, home));
  for (const path of paths) {
    const config = await readConfig(path);
    if (config !== undefined) configs.push(config);
  }
  return configs;
}

/** Reads a config; undefined if there is no such file. One that may not be read is an error. */
async function readConfig(path: string): Promise<DockerConfig | undefined> {
  let text: string;
  try {
    text = await builtin("node:fs").promises.readFile(path, "utf8");
  } catch (error) {
    const code = errorCode(error);
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    // If root has made this directory, other users may not read it.
    if (code === "EACCES" && path.startsWith(RUNTIME_DIRECTORY)) return undefined;
    throw new Error(
      `Cannot read credentials from "${path}": ${errorReason(error)}`,
      { cause: error },
    );
  }
  // A CI job that writes an unset secret leaves an empty file.
  return text.trim() === "" ? undefined : parseDockerConfig(text, path);
}
