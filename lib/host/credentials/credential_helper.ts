/** Runs Docker's credential helpers, which keep secrets in a keychain (README of docker-credential-helpers). */

import { onAbort } from "../../base/on_abort.ts";
import { printable } from "../../base/printable.ts";
import type { Credential } from "../../registry/auth/credential.ts";
import { builtin, hostProcess } from "../builtin.ts";
import { errorCode } from "../system_error.ts";

/** Command of a helper. */
export type HelperVerb = "get" | "store" | "erase";

/** Options of {@linkcode runHelper}. */
export interface HelperOptions {
  /** Kills the helper, which may be waiting for the user. */
  readonly signal?: AbortSignal | undefined;
  /**
   * The helper's environment, whose `PATH` is searched for it.
   *
   * @default that of this process
   */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /**
   * Milliseconds until a helper that does not answer is killed; it may be asking the user.
   *
   * @default {120000}
   */
  readonly timeout?: number | undefined;
}

/** Thrown if a helper is missing, fails or gives an invalid answer; not if it has no secret. */
export class HelperError extends Error {
  override readonly name = "HelperError";
}

/** Milliseconds; see `HelperOptions.timeout`. */
const LONGEST_RUN = 120_000;

const HELPER_NAME = /^[A-Za-z0-9_-]+$/;
/** What helpers print on standard output if they have no secret (docker-credential-helpers, credentials/error.go). */
const NOT_FOUND = "credentials not found in native keychain";
/** The most bytes of an answer; a token of a cloud has a few KiB. */
const LARGEST_ANSWER = 1024 * 1024;

/**
 * Gets a registry's credential from a helper.
 *
 * @param name The helper's name, without `docker-credential-`.
 * @param key The registry, as Docker names it.
 * @returns undefined if the helper has none.
 * @throws {HelperError} if the helper fails: that never means anonymous access (CVE-2021-41092).
 */
export async function getFromHelper(
  name: string,
  key: string,
  options: HelperOptions = {},
): Promise<Credential | undefined> {
  const answer = await runHelper(name, "get", key, options);
  if (answer === undefined) return undefined;
  let fields: { readonly Username?: unknown; readonly Secret?: unknown } | null;
  try {
    fields = JSON.parse(answer);
  } catch {
    // Without the cause, which would quote the answer and perhaps the secret.
    throw new HelperError(
      `Cannot get the credential of "${key}" from ${program(name)}: its answer is not JSON`,
    );
  }
  const username = fields?.Username;
  const secret = fields?.Secret;
  if (typeof username !== "string" || typeof secret !== "string") {
    throw new HelperError(
      `Cannot get the credential of "${key}" from ${
        program(name)
      }: its answer has no Username and Secret`,
    );
  }
  // docker-credential-pass gives an empty secret if it has none.
  if (secret === "") return undefined;
  return username === "<token>" ? { identityToken: secret } : { username, password: secret };
}

/** Stores a registry's credential in a helper. */
export async function storeInHelper(
  name: string,
  key: string,
  credential: { readonly username: string; readonly password: string },
  options: HelperOptions = {},
): Promise<void> {
  const { username, password } = credential;
  const entry = { ServerURL: key, Username: username, Secret: password };
  await runHelper(name, "store", JSON.stringify(entry), options);
}

/** Erases a registry's credential from a helper. False if it had none. */
export async function eraseFromHelper(
  name: string,
  key: string,
  options: HelperOptions = {},
): Promise<boolean> {
  return await runHelper(name, "erase", key, options) !== undefined;
}

function program(name: string): string {
  return `docker-credential-${name}`;
}

/** Runs a helper, without a shell. Undefined if it answers that it has no secret. */
async function runHelper(
  name: string,
  verb: HelperVerb,
  input: string,
  options: HelperOptions,
): Promise<string | undefined> {
  const what = `Cannot ${verb === "get" ? "get a credential from" : `${verb} a credential with`}`;
  if (!HELPER_NAME.test(name)) {
    throw new HelperError(`${what} the helper ${JSON.stringify(name)}: this is no helper's name`);
  }
  // A line end in the key would end it early, and select another registry (CVE-2020-5260 and CVE-2024-52006, of git's helpers).
  if (verb !== "store" && /[\r\n\0]/.test(input)) {
    throw new HelperError(`${what} ${program(name)}: the registry's name has a line break`);
  }
  options.signal?.throwIfAborted();
  const { status, output, failure } = await run(program(name), verb, input, options);
  options.signal?.throwIfAborted();
  if (failure !== undefined) {
    const found = errorCode(failure) === "ENOENT"
      ? "it is not installed, though the Docker config names it"
      : failure.message;
    throw new HelperError(`${what} ${program(name)}: ${found}`, { cause: failure });
  }
  if (status === 0) return output;
  if (output.trim() === NOT_FOUND) return undefined;
  throw new HelperError(
    `${what} ${program(name)}: it failed with ${status}, ${printable(output, 300) || "no message"}`,
  );
}

interface Run {
  readonly status: string | number;
  readonly output: string;
  readonly failure: Error | undefined;
}

function run(
  command: string,
  verb: HelperVerb,
  input: string,
  { signal, env, timeout = LONGEST_RUN }: HelperOptions,
): Promise<Run> {
  return new Promise((resolve) => {
    const chunks: Uint8Array[] = [];
    let size = 0;
    let failure: Error | undefined;
    const finish = (status: string | number): void => {
      clearTimeout(timer);
      stopListening();
      const output = new TextDecoder().decode(builtin("node:buffer").Buffer.concat(chunks));
      resolve({ status, output, failure });
    };
    const child = builtin("node:child_process").spawn(command, [verb], {
      // On standard error it may ask the user for a passphrase.
      stdio: ["pipe", "pipe", "inherit"],
      windowsHide: true,
      env: (env ?? hostProcess?.env ?? {}) as NodeJS.ProcessEnv,
    });
    const kill = (): void => void child.kill();
    const stopListening = onAbort(signal, kill);
    const timer = setTimeout(() => {
      failure = new Error(`it did not answer within ${timeout / 1_000} seconds`);
      // A helper that waits for the user may ignore SIGTERM.
      child.kill("SIGKILL");
      child.stdout.destroy();
      finish("a time limit");
    }, timeout);
    child.on("error", (error: Error) => {
      failure = error;
      finish("an error");
    });
    child.on("close", (code: number | null, by: string | null) => finish(code ?? `signal ${by}`));
    child.stdout.on("data", (chunk: Uint8Array) => {
      size += chunk.length;
      if (size <= LARGEST_ANSWER) return void chunks.push(chunk);
      failure = new Error(`its answer is longer than ${LARGEST_ANSWER} bytes`);
      kill();
    });
    // A helper that ends without reading breaks the pipe; its exit status tells why.
    child.stdin.on("error", () => {});
    child.stdin.end(input);
  });
}
