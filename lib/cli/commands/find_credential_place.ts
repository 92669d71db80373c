/** Finds where the credentials of a registry are, after Docker's config was changed. */

import { credentialPlace } from "../../host/credentials/auth_files.ts";
import type { Session } from "./session.ts";

/** The file or variable that a registry's credentials are taken from. A failure is only a warning, since the change itself is done. */
export async function findCredentialPlace(
  registry: string,
  { io: { env }, signal, warn }: Session,
): Promise<string | undefined> {
  try {
    return await credentialPlace(registry, { env, signal });
  } catch (error) {
    signal.throwIfAborted();
    warn(error instanceof Error ? error.message : String(error));
    return undefined;
  }
}
