/** Reads the configs of `docker login` and `podman login`: the credential or the helper of each registry. */

import { decodeBase64 } from "../../base/base64.ts";
import { DOCKER_HUB_NAMES } from "../../oci/reference.ts";
import type { Credential, CredentialRequest } from "../../registry/auth/credential.ts";
import { findLongestMatch } from "../../registry/auth/longest_match.ts";

/** The fields of Docker's `config.json` or containers' `auth.json` about credentials. */
export interface DockerConfig {
  /** Name in error messages: the path of the file or the name of the variable. */
  readonly name: string;
  readonly auths: Readonly<Record<string, AuthEntry>>;
  readonly credHelpers: Readonly<Record<string, string>>;
  readonly credsStore: string | undefined;
}

/** An entry of `auths`. An empty one means that a helper has the secret. */
export interface AuthEntry {
  /** base64 of `user:password`. */
  readonly auth?: string;
  readonly username?: string;
  readonly password?: string;
  readonly identitytoken?: string;
  readonly registrytoken?: string;
}

/** Result of a look-up in a config. */
export type Finding =
  | { readonly credential: Credential }
  /** Name of a helper, and its key for the registry. */
  | { readonly helper: string; readonly key: string };

/** Docker's key for its own registry. */
export const DOCKER_HUB_KEY = "https://index.docker.io/v1/";

/**
 * Parses a config.
 *
 * @throws {SyntaxError} if it is not a JSON object of that shape. The message does not quote the text.
 */
export function parseDockerConfig(text: string, name: string): DockerConfig {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    // Without the cause: runtimes quote the text around the mistake, which may be a password.
    throw new SyntaxError(`Cannot read credentials from "${name}": it is not JSON`);
  }
  const config = record(json, name, "it");
  const credsStore = config["credsStore"];
  if (credsStore !== undefined && typeof credsStore !== "string") {
    throw new SyntaxError(`Cannot read credentials from "${name}": "credsStore" is not a string`);
  }
  const helpers = record(config["credHelpers"] ?? {}, name, '"credHelpers"');
  for (const [host, helper] of Object.entries(helpers)) {
    if (typeof helper !== "string") {
      throw new SyntaxError(
        `Cannot read credentials from "${name}": the helper of "${host}" is not a string`,
      );
    }
  }
  const auths = record(config["auths"] ?? {}, name, '"auths"');
  for (const [host, entry] of Object.entries(auths)) {
    const fields = record(entry ?? {}, name, `the entry of "${host}"`);
    for (const field of ["auth", "username", "password", "identitytoken", "registrytoken"]) {
      if (fields[field] !== undefined && typeof fields[field] !== "string") {
        throw new SyntaxError(
          `Cannot read credentials from "${name}": "${field}" of "${host}" is not a string`,
        );
      }
    }
  }
  return {
    name,
    auths: auths as Record<string, AuthEntry>,
    credHelpers: helpers as Record<string, string>,
    credsStore: credsStore === "" ? undefined : credsStore,
  };
}

function record(value: unknown, name: string, what: string): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw new SyntaxError(`Cannot read credentials from "${name}": ${what} is not a JSON object`);
}

/**
 * Looks a repository up: in `credHelpers`, then `credsStore`, then `auths`, the longest path first. As in Docker, a config with a
 * `credsStore` has no secrets itself.
 *
 * @throws {SyntaxError} if the entry's `auth` is not base64 of `user:password`, or its token is invalid.
 */
export function findInDockerConfig(
  config: DockerConfig,
  request: Pick<CredentialRequest, "registry" | "repository">,
): Finding | undefined {
  const hosts = registryKeys(request.registry);
  for (const host of hosts) {
    const helper = ownEntry(config.credHelpers, host);
    if (helper !== undefined && helper !== "") return { helper, key: serverKey(request.registry) };
  }
  const entry = findEntry(config.auths, hosts, request.repository);
  const credential = entry && credentialOf(entry.value, config.name, entry.key);
  // Podman and older Dockers leave secrets beside a store; an empty entry means that the store has the secret.
  if (credential !== undefined && config.credsStore === undefined) return { credential };
  if (config.credsStore !== undefined) {
    return { helper: config.credsStore, key: serverKey(request.registry) };
  }
  return undefined;
}

/** Docker's key for a registry, in its config and for helpers. */
export function serverKey(registry: string): string {
  return DOCKER_HUB_NAMES.includes(registry) ? DOCKER_HUB_KEY : registry;
}

/** All possible keys for a registry, the preferred one first. */
export function registryKeys(registry: string): string[] {
  if (DOCKER_HUB_NAMES.includes(registry)) return [DOCKER_HUB_KEY, ...DOCKER_HUB_NAMES];
  return [registry, `https://${registry}`, `http://${registry}`];
}

function findEntry(
  auths: DockerConfig["auths"],
  hosts: readonly string[],
  repository: string,
): { key: string; value: AuthEntry } | undefined {
  const match = findLongestMatch(auths, hosts, repository);
  if (match !== undefined) return match;
  // Keys such as `https://ghcr.io/v1/`, as old Dockers wrote them.
  for (const [key, value] of Object.entries(auths)) {
    if (key.includes("://") && hosts.includes(hostOf(key))) return { key, value };
  }
  return undefined;
}

function hostOf(key: string): string {
  return key.replace(/^https?:\/\//, "").replace(/\/.*$/, "");
}

/** An own property only: "constructor" is no registry. */
function ownEntry<Value>(entries: Readonly<Record<string, Value>>, key: string): Value | undefined {
  return Object.hasOwn(entries, key) ? entries[key] : undefined;
}

function credentialOf(entry: AuthEntry, name: string, key: string): Credential | undefined {
  if (entry?.identitytoken) return { identityToken: readToken(entry, "identitytoken", name, key) };
  if (entry?.registrytoken) return { registryToken: readToken(entry, "registrytoken", name, key) };
  if (entry?.auth) return decodeAuth(entry.auth, name, key);
  if (entry?.username) return { username: entry.username, password: entry.password ?? "" };
  return undefined;
}

/** Checks a token, which is put into a header: runtimes would quote an invalid one (RFC 6750 §2.1 allows still fewer characters). */
function readToken(
  entry: AuthEntry,
  field: "identitytoken" | "registrytoken",
  name: string,
  key: string,
): string {
  const token = (entry[field] ?? "").trimEnd();
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new SyntaxError(
    `Cannot read credentials from "${name}": "${field}" of "${key}" has a character that no token has`,
  );
}

function decodeAuth(auth: string, name: string, key: string): Credential | undefined {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(decodeBase64(auth.trim()));
  } catch {
    throw new SyntaxError(
      `Cannot read credentials from "${name}": "auth" of "${key}" is not base64`,
    );
  }
  const separator = text.indexOf(":");
  if (separator < 0) {
    throw new SyntaxError(
      `Cannot read credentials from "${name}": "auth" of "${key}" is not "user:password" in base64`,
    );
  }
  const username = text.slice(0, separator);
  // Docker strips NULs, with which some writers pad the text.
  const password = text.slice(separator + 1).replace(/\0+$/, "");
  return { username, password };
}
