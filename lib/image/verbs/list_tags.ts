/** Lists the tags of a repository. */

import { parseLocation } from "../../storage/location.ts";
import { type AccessOptions, createAccess } from "../access/access.ts";

/** What `listTags` of the main entry does, with no host but the one that it is given. */
export async function* listTags(
  repository: string,
  options: AccessOptions = {},
): AsyncIterable<string> {
  const location = parseLocation(repository);
  const access = createAccess(options);
  yield* access.open(location, "pull").tags({ signal: options.signal });
}
