/** Debian's docker-registry on a free loopback port, in each way of being guarded. */

import { writeFile } from "node:fs/promises";
import { get } from "node:https";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { makeCertificate } from "./certificate.ts";
import { succeed, withServer } from "./program.ts";
import { freePort, withDirectory } from "./scratch.ts";
import { type TokenService, withTokenService } from "./token_service.ts";

/** Programs that {@linkcode withRegistry} starts, by way of being guarded. */
export const REGISTRY_NEEDS = {
  open: ["docker-registry"],
  tls: ["docker-registry", "openssl"],
  htpasswd: ["docker-registry", "htpasswd"],
  token: ["docker-registry", "openssl"],
} as const;

/** How a registry is guarded. */
export type Guard = keyof typeof REGISTRY_NEEDS;

/** The user that may push where anybody must say who they are. The colon is there to be split at the wrong place. */
export const USER = { username: "ada", password: "pa:ss word" } as const;

/** A registry that runs. */
export interface RunningRegistry {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  /** `http://127.0.0.1:PORT` or https. */
  readonly url: string;
  /** The private authority's PEM file, where the registry speaks TLS. */
  readonly ca?: string;
  /** The directory of such files that skopeo and podman want; empty without TLS. */
  readonly certificates: string;
  /** A directory with a `config.json` that knows the user, for DOCKER_CONFIG. */
  readonly dockerConfig: string;
  readonly tokens?: TokenService;
  /** Where the registry keeps its data. */
  readonly storage: string;
}

/** Options of {@linkcode withRegistry}. */
export interface RegistryOptions {
  /**
   * The program that serves, by this command line and configuration.
   *
   * @default {"docker-registry"}
   */
  readonly program?: string;
  /**
   * A path before `/v2/`, as `/reg/`.
   *
   * @default {"/"}
   */
  readonly prefix?: string;
  /**
   * Whether images can be deleted.
   *
   * @default {true}
   */
  readonly deletes?: boolean;
}

/** Runs a registry while an action uses it. */
export function withRegistry<T>(
  guard: Guard,
  action: (registry: RunningRegistry) => Promise<T>,
  options: RegistryOptions = {},
): Promise<T> {
  return withDirectory(async (directory) => {
    if (guard !== "token") return await start(directory, guard, undefined, action, options);
    return await withTokenService(
      directory,
      USER,
      (tokens) => start(directory, guard, tokens, action, options),
    );
  });
}

async function start<T>(
  directory: string,
  guard: Guard,
  tokens: TokenService | undefined,
  action: (registry: RunningRegistry) => Promise<T>,
  { program = "docker-registry", prefix = "/", deletes = true }: RegistryOptions,
): Promise<T> {
  const port = await freePort();
  const host = `127.0.0.1:${port}`;
  const storage = join(directory, "storage");
  const certificate = guard === "tls" ? await makeCertificate(directory) : undefined;
  const auth = tokens !== undefined
    ? {
      token: {
        realm: tokens.realm,
        service: tokens.service,
        issuer: tokens.issuer,
        rootcertbundle: tokens.certificate,
      },
    }
    : guard === "htpasswd"
    ? { htpasswd: { realm: "test", path: await makePasswords(directory) } }
    : undefined;
  const config = {
    version: "0.1",
    log: { level: "error", accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: storage }, delete: { enabled: deletes } },
    http: {
      addr: host,
      prefix,
      ...(certificate && { tls: { certificate: certificate.certificate, key: certificate.key } }),
    },
    ...(auth && { auth }),
  };
  // JSON is YAML.
  const path = join(directory, "registry.yml");
  await writeFile(path, JSON.stringify(config));
  await writeFile(
    join(directory, "config.json"),
    JSON.stringify({
      auths: guard === "htpasswd" || guard === "token"
        ? { [host]: { auth: btoa(`${USER.username}:${USER.password}`) } }
        : {},
    }),
  );
  const ca = certificate?.ca;
  const url = `${ca === undefined ? "http" : "https"}://${host}`;
  const ready = (): Promise<boolean> => answers(`${url}${prefix}v2/`, ca);
  return await withServer(
    [program, "serve", path],
    { ready },
    () =>
      action({
        host,
        url,
        storage,
        dockerConfig: directory,
        certificates: certificate?.directory ?? "",
        ...(ca !== undefined && { ca }),
        ...(tokens && { tokens }),
      }),
  );
}

async function makePasswords(directory: string): Promise<string> {
  const path = join(directory, "htpasswd");
  await succeed(["htpasswd", "-Bbc", path, USER.username, USER.password]);
  return path;
}

async function answers(url: string, ca: string | undefined): Promise<boolean> {
  if (ca === undefined) {
    const response = await fetch(url);
    await response.body?.cancel();
    return response.status === 200 || response.status === 401;
  }
  const authority = await readFile(ca);
  return await new Promise((resolve, reject) => {
    get(url, { ca: authority }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    }).on("error", reject);
  });
}
