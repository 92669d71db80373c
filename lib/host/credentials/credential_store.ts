/** Stores credentials where `docker login` does: with a credential helper, or in Docker's config. */

import { encodeBase64 } from "../../base/base64.ts";
import { dockerConfigPath, type Environment } from "./auth_files.ts";
import { builtin } from "../builtin.ts";
import { eraseFromHelper, getFromHelper, storeInHelper } from "./credential_helper.ts";
import { findInDockerConfig, parseDockerConfig, registryKeys, serverKey } from "./docker_config.ts";
import { withLock } from "../files/file_lock.ts";
import { errorCode, errorReason } from "../system_error.ts";

/** Options of {@linkcode storeCredential} and {@linkcode eraseCredential}. */
export interface CredentialStoreOptions {
  readonly env: Environment;
  /** The user's directory. */
  readonly home?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The place of a stored credential. */
export interface StoredIn {
  /** Name of the helper, or path of the file. */
  readonly place: string;
  /** Whether it is encrypted, as by helpers. */
  readonly isEncrypted: boolean;
}

/** Docker's config, with all its other fields. */
type Json = Record<string, unknown>;

/**
 * Stores a user and password for a registry.
 *
 * @throws {SyntaxError} if the config is broken. It is not changed then.
 */
export async function storeCredential(
  registry: string,
  credential: { readonly username: string; readonly password: string },
  options: CredentialStoreOptions,
): Promise<StoredIn> {
  return await changeConfig(options, async (config, path) => {
    const key = serverKey(registry);
    const helper = helperOf(config, path, registry);
    const auths = { ...config["auths"] as Json };
    if (helper === undefined) {
      auths[key] = { auth: encodeBase64(`${credential.username}:${credential.password}`) };
    } else {
      await storeInHelper(helper, key, credential, options);
      // Docker's marker for a credential that its helper has.
      auths[key] = {};
    }
    return {
      config: { ...config, auths },
      result: { place: helper ?? path, isEncrypted: helper !== undefined },
    };
  });
}

/**
 * Erases a registry's credential.
 *
 * @returns whether there was one.
 * @throws {SyntaxError} if the config is broken. It is not changed then.
 */
export async function eraseCredential(
  registry: string,
  options: CredentialStoreOptions,
): Promise<boolean> {
  const { existsSync } = builtin("node:fs");
  // Without a config, no lock is made either.
  if (!existsSync(dockerConfigPath(options.env, options.home))) return false;
  return await changeConfig(options, async (config, path) => {
    const helper = helperOf(config, path, registry);
    const key = serverKey(registry);
    // Some helpers fail to erase what they do not have.
    let found = helper !== undefined && await getFromHelper(helper, key, options) !== undefined;
    if (helper !== undefined && found) await eraseFromHelper(helper, key, options);
    const auths = { ...config["auths"] as Json };
    const keys = registryKeys(registry).filter((key) => Object.hasOwn(auths, key));
    for (const key of keys) {
      found ||= Object.keys(auths[key] ?? {}).length > 0;
      delete auths[key];
    }
    return { config: keys.length > 0 ? { ...config, auths } : config, result: found };
  });
}

/** The helper for a registry, if there is one. */
function helperOf(config: Json, path: string, registry: string): string | undefined {
  const helpers = parseDockerConfig(JSON.stringify({ ...config, auths: {} }), path);
  const finding = findInDockerConfig(helpers, { registry, repository: "" });
  return finding !== undefined && "helper" in finding ? finding.helper : undefined;
}

/** Changes the config under a lock, and writes it in one step, readable only for its user. */
async function changeConfig<Result>(
  { env, home }: CredentialStoreOptions,
  change: (config: Json, path: string) => Promise<{ config: Json; result: Result }>,
): Promise<Result> {
  const { mkdir, realpath, rename, rm, writeFile } = builtin("node:fs").promises;
  const named = dockerConfigPath(env, home);
  try {
    await mkdir(builtin("node:path").dirname(named), { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new Error(`Cannot keep credentials in "${named}": ${errorReason(cause)}`, { cause });
  }
  // If the path is a link, the file that it leads to is replaced.
  const path = await realpath(named).catch(() => named);
  return await withLock(`${path}.lock`, async () => {
    const before = await readJson(path);
    const { config, result } = await change(before, path);
    if (config === before) return result;
    const pending = `${path}.${crypto.randomUUID()}.tmp`;
    try {
      await writeFile(pending, `${JSON.stringify(config, null, "\t")}\n`, { mode: 0o600 });
      await rename(pending, path);
    } catch (cause) {
      await rm(pending, { force: true });
      throw new Error(`Cannot write "${path}": ${errorReason(cause)}`, { cause });
    }
    return result;
  });
}

async function readJson(path: string): Promise<Json> {
  let text: string;
  try {
    text = await builtin("node:fs").promises.readFile(path, "utf8");
  } catch (cause) {
    if (errorCode(cause) === "ENOENT") return {};
    throw new Error(`Cannot read credentials from "${path}": ${errorReason(cause)}`, { cause });
  }
  if (text.trim() === "") return {};
  parseDockerConfig(text, path);
  return JSON.parse(text);
}
