/** The files and variables that tools for containers keep credentials in, in the order in which they are asked. */

import type { Credential, CredentialSource } from "../registry/credential.ts";
import { builtin, hostProcess } from "./builtin.ts";
import { getFromHelper } from "./credential_helper.ts";
import { type DockerConfig, findInDockerConfig, parseDockerConfig } from "./docker_config.ts";
import { errorCode, errorReason } from "./system_error.ts";

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
    for (const config of await configs) {
      const finding = findInDockerConfig(config, request);
      if (finding === undefined) continue;
      const credential: Credential | undefined = "credential" in finding
        ? finding.credential
        : await getFromHelper(finding.helper, finding.key, { signal: request.signal, env });
      if (credential !== undefined) return credential;
    }
    return undefined;
  };
}

/** Where `docker login` writes: `$DOCKER_CONFIG/config.json`, else `~/.docker/config.json`. */
export function dockerConfigPath(env: Environment, home?: string): string {
  const { join } = builtin("node:path");
  return env["DOCKER_CONFIG"]
    ? join(env["DOCKER_CONFIG"], "config.json")
    : join(home ?? builtin("node:os").homedir(), ".docker", "config.json");
}

async function readConfigs(env: Environment, home: string | undefined): Promise<DockerConfig[]> {
  const { join } = builtin("node:path");
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
  const paths = [
    env["XDG_RUNTIME_DIR"] && join(env["XDG_RUNTIME_DIR"], "containers", "auth.json"),
    env["XDG_CONFIG_HOME"] && join(env["XDG_CONFIG_HOME"], "containers", "auth.json"),
  ];
  // Docker's own, where it was named, is the more explicit word.
  if (env["DOCKER_CONFIG"]) paths.unshift(dockerConfigPath(env));
  else paths.push(dockerConfigPath(env, home));
  for (const path of paths) {
    const config = path ? await readConfig(path) : undefined;
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
    throw new Error(
      `Cannot read credentials from "${path}": ${errorReason(error)}`,
      { cause: error },
    );
  }
  // An empty file is what a CI job leaves that writes an unset secret into it.
  return text.trim() === "" ? undefined : parseDockerConfig(text, path);
}
