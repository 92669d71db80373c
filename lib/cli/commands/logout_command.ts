/** `appendlayer logout`. */

import { eraseCredential } from "../../host/credentials/credential_store.ts";
import type { Arguments } from "../options/arguments.ts";
import { findCredentialPlace } from "./credential_place.ts";
import { parseRegistry } from "./operands.ts";
import type { Session } from "./session.ts";

/** Forgets a registry's user and password. */
export async function runLogout(args: Arguments, session: Session): Promise<void> {
  const registry = parseRegistry(args.operands[0] ?? "");
  const { io: { env }, signal } = session;
  const wasThere = await eraseCredential(registry, { env, signal });
  const place = await findCredentialPlace(registry, session);
  if (place !== undefined) session.warn(`"${place}" still has credentials for "${registry}"`);
  else if (!wasThere) session.warn(`There were no credentials for "${registry}"`);
  await session.out(`${registry}\n`);
}
