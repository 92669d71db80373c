/** `appendlayer login`. */

import { collectBytes } from "../../base/collect.ts";
import { dockerConfigPath } from "../../host/credentials/auth_files.ts";
import { storeCredential } from "../../host/credentials/credential_store.ts";
import { Registries } from "../../registry/registries.ts";
import { readAccessOptions } from "../options/access_options.ts";
import type { Arguments } from "../options/arguments.ts";
import { findCredentialPlace } from "./credential_place.ts";
import { parseRegistry } from "./operands.ts";
import type { Session } from "./session.ts";
import { UsageError } from "../usage_error.ts";

/** Bytes; a service account's key file is a few KiB. */
const LONGEST_PASSWORD = 64 * 1024;

/** Shows a user and password to a registry, and keeps them if it takes them. */
export async function runLogin(args: Arguments, session: Session): Promise<void> {
  const registry = parseRegistry(args.operands[0] ?? "");
  const username = args.text("username");
  if (!username) throw new UsageError("Cannot log in: --username NAME is missing");
  // RFC 7617 §2: the first colon ends the user's name.
  if (username.includes(":")) throw new UsageError("Cannot log in: the user's name has a colon");
  const password = await readPassword(args, session);
  const access = await readAccessOptions(args, session, [registry]);
  let wasAsked = false;
  const registries = new Registries({
    ...access,
    fetch: access.host?.fetch,
    credentials: () => {
      wasAsked = true;
      return Promise.resolve({ username, password });
    },
  });
  await registries.check(registry, session.signal);
  if (!wasAsked) {
    session.warn(
      `"${registry}" asked for no credentials, so it is not known whether these are right`,
    );
  }
  const { env } = session.io;
  const { signal } = session;
  const stored = await storeCredential(registry, { username, password }, { env, signal });
  if (!stored.isEncrypted) {
    session.warn(
      `The password is in "${stored.place}", unencrypted; a credential helper would encrypt it`,
    );
  }
  const place = await findCredentialPlace(registry, session);
  if (place !== undefined && place !== dockerConfigPath(env)) {
    session.warn(
      `"${place}" has credentials for "${registry}" as well; it comes first, so they are used`,
    );
  }
  await session.out(`${registry}\n`);
}

async function readPassword(args: Arguments, { io, signal }: Session): Promise<string> {
  // A terminal shows what is typed: only whoever asks for that may want it.
  if (io.terminal.input && !args.has("password-stdin")) {
    throw new UsageError(
      "Cannot read the password from a terminal: give it on standard input, as in --username me < password.txt",
    );
  }
  const what = "the password";
  const bytes = await collectBytes(io.readInput(signal), { limit: LONGEST_PASSWORD, what });
  // One line end is the file's, not the password's.
  const password = new TextDecoder().decode(bytes).replace(/\r?\n$/, "");
  if (password === "") {
    throw new UsageError("Cannot log in: the password on standard input is empty");
  }
  return password;
}
