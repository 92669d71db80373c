/** `appendlayer login`. */

import { collectBytes } from "../../base/collect.ts";
import { CONNECTION_OPTIONS } from "../options/connection_options.ts";
import { flag, type OptionGroup, optionGroup, parseValue, single } from "../options/option.ts";
import { UsageError } from "../usage_error.ts";
import { type Command, command } from "./command.ts";
import { findCredentialPlace } from "./find_credential_place.ts";
import { parseRegistry } from "./parse_operands.ts";
import type { Session } from "./session.ts";

/** The most bytes of a password; a service account's key file has a few KiB. */
const LONGEST_PASSWORD = 64 * 1024;

interface Account {
  readonly username: string;
  readonly password: string;
}

const ACCOUNT_OPTIONS: OptionGroup<[Session], Promise<Account>> = optionGroup(
  "Account",
  {
    username: single({
      short: "u",
      value: "NAME",
      about: "log in as this user",
      parse: parseUsername,
    }),
    passwordStdin: flag({
      about: "read the password from standard input, also where that is a terminal",
    }),
  },
  ({ username, passwordStdin, ...unread }, session) => {
    async function read(): Promise<Account> {
      const name = username || await askUsername(passwordStdin, session);
      return { username: name, password: await readPassword(passwordStdin, session) };
    }
    return { result: read(), unread };
  },
);

/** Checks a user and password with a registry, and stores them if they are accepted. */
export const LOGIN: Command = command({
  name: "login",
  about: "keep a user and password for a registry",
  usage: ["login HOST [--username NAME] [OPTIONS]"],
  detail:
    "Asks for the password on a terminal, where it is not shown, else reads it from standard input; shows it to the registry, and keeps it as docker login does: with a credential helper " +
    "where Docker's config names one, else in that config.",
  examples: [
    "appendlayer login ghcr.io",
    "appendlayer login ghcr.io --username me < token.txt",
  ],
  operands: [1],
  groups: { account: ACCOUNT_OPTIONS, connection: CONNECTION_OPTIONS },
  run: async ({ operands, account, connection, ...unread }, session) => {
    const registry = parseRegistry(operands[0] ?? "");
    const credential = await account(session);
    const access = await connection({ session, registries: [registry] });
    const { Registries } = await import("../../registry/registries.ts");
    let wasAsked = false;
    const registries = new Registries({
      ...access,
      fetch: access.host?.fetch,
      cache: undefined,
      onWarning: (message) => session.warn(message),
      credentials: () => {
        wasAsked = true;
        return Promise.resolve(credential);
      },
    });
    await registries.check(registry, session.signal);
    if (!wasAsked) {
      session.warn(
        `"${registry}" asked for no credentials, so it is not known whether these are right`,
      );
    }
    await keep(registry, credential, session);
    await session.out(`${registry}\n`);
    return unread;
  },
});

/** Stores an account, and warns of others that take precedence. */
async function keep(registry: string, account: Account, session: Session): Promise<void> {
  const { io: { env }, signal } = session;
  const { storeCredential } = await import("../../host/credentials/credential_store.ts");
  const { dockerConfigPath } = await import("../../host/credentials/auth_files.ts");
  const stored = await storeCredential(registry, account, { env, signal });
  if (!stored.isEncrypted) {
    session.warn(
      `The password is in "${stored.place}", unencrypted; a credential helper would encrypt it`,
    );
  } else session.note(`The password is kept by "${stored.place}"`);
  const place = await findCredentialPlace(registry, session);
  if (place !== undefined && place !== dockerConfigPath(env)) {
    session.warn(
      `"${place}" has credentials for "${registry}" as well; it comes first, so they are used`,
    );
  }
}

function parseUsername(text: string): string {
  // RFC 7617 §2: the first colon ends the user's name.
  if (text.includes(":")) throw new SyntaxError("the user's name has a colon");
  return text;
}

interface AskContext {
  readonly session: Pick<Session, "io" | "signal">;
  readonly hidden: boolean;
}

/** @throws {UsageError} if there is no answer. */
async function askFor(
  what: string,
  question: string,
  { session: { io, signal }, hidden }: AskContext,
): Promise<string> {
  let reason = "it is empty";
  try {
    const answer = await io.ask(question, { hidden, signal, limit: LONGEST_PASSWORD });
    if (answer !== "") return answer;
  } catch (error) {
    signal.throwIfAborted();
    reason = error instanceof Error ? error.message : String(error);
  }
  throw new UsageError(
    `Cannot read ${what} from a terminal: ${reason}; a script gives it as in --username me < password.txt`,
  );
}

async function askUsername(passwordIsPiped: boolean, session: Session): Promise<string> {
  if (passwordIsPiped || !session.io.terminal.input) {
    throw new UsageError("Cannot log in: --username NAME is missing");
  }
  const name = await askFor("the user", "User: ", { session, hidden: false });
  return parseValue("username", () => parseUsername(name));
}

async function readPassword(isWanted: boolean, { io, signal }: Session): Promise<string> {
  // On a terminal the answer is hidden; otherwise it is read as from a file.
  if (io.terminal.input && !isWanted) {
    return await askFor("the password", "Password: ", { session: { io, signal }, hidden: true });
  }
  const what = "the password";
  const bytes = await collectBytes(io.readInput(signal), { limit: LONGEST_PASSWORD, what });
  // A file's last line end is not part of the password.
  const password = new TextDecoder().decode(bytes).replace(/\r?\n$/, "");
  if (password === "") {
    throw new UsageError("Cannot log in: the password on standard input is empty");
  }
  return password;
}
