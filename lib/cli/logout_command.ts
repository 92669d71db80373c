/** `appendlayer logout`. */

import { eraseCredential } from "../host/credential_store.ts";
import type { Arguments } from "./arguments.ts";
import { parseRegistry } from "./operands.ts";
import type { Session } from "./session.ts";

/** Forgets a registry's user and password. */
export async function runLogout(args: Arguments, session: Session): Promise<void> {
  const registry = parseRegistry(args.operands[0] ?? "");
  const { io: { env }, signal } = session;
  if (!await eraseCredential(registry, { env, signal })) {
    session.warn(`There were no credentials for "${registry}"`);
  }
  await session.out(`${registry}\n`);
}
