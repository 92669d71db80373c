/** Lists the tags of a repository. */

import { checkOptions } from "../../base/check_options.ts";
import { parseLocation } from "../../storage/location.ts";
import { requireLocation } from "../access/verb_locations.ts";
import { ACCESS_OPTIONS, type AccessOptions, createAccess } from "../access/access.ts";

/** Implements `listTags` of the main entry, with the host in the options. */
export async function* listTags(
  repository: string,
  options: AccessOptions = {},
): AsyncIterable<string> {
  checkOptions(options, ACCESS_OPTIONS, "listTags()");
  const location = parseLocation(repository);
  requireLocation("tags REPOSITORY", location);
  const access = createAccess(options);
  try {
    yield* access.open(location, "pull").tags({ signal: options.signal });
  } finally {
    await access.settle();
  }
}
