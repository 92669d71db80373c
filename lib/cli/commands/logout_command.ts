/** `appendlayer logout`. */

import { type Command, command } from "./command.ts";
import { findCredentialPlace } from "./find_credential_place.ts";
import { parseRegistry } from "./parse_operands.ts";

/** Removes a registry's user and password. */
export const LOGOUT: Command = command({
  name: "logout",
  about: "forget the user and password for a registry",
  usage: ["logout HOST"],
  detail: "Removes what login and docker login keep in Docker's config or its credential helper.",
  examples: ["appendlayer logout ghcr.io"],
  operands: [1],
  groups: {},
  run: async ({ operands, ...unread }, session) => {
    const registry = parseRegistry(operands[0] ?? "");
    const { io: { env }, signal } = session;
    const { eraseCredential } = await import("../../host/credentials/credential_store.ts");
    const wasThere = await eraseCredential(registry, { env, signal });
    const place = await findCredentialPlace(registry, session);
    if (place !== undefined) session.warn(`"${place}" still has credentials for "${registry}"`);
    else if (!wasThere) session.warn(`There were no credentials for "${registry}"`);
    await session.out(`${registry}\n`);
    return unread;
  },
});
