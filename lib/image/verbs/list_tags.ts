/** Lists the names that images go by. */

import { parseLocation } from "../../storage/location.ts";
import { type AccessOptions, createAccess } from "../access/access.ts";

/**
 * Lists all tags of a repository, as they come in.
 *
 * @param repository A repository, or `oci:DIR`; a tag or digest in it is left out of account.
 * @throws {SyntaxError} if the repository cannot be parsed.
 * @throws {RegistryError} if the registry refuses or fails.
 * @throws {AuthError} if the registry or its token service does not accept the credentials.
 */
export async function* listTags(
  repository: string,
  options: AccessOptions = {},
): AsyncIterable<string> {
  const location = parseLocation(repository);
  const access = await createAccess(options);
  yield* access.open(location, "pull").tags({ signal: options.signal });
}
