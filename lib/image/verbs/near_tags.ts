/** Finds the tags that a missing one may have been meant to be. */

import { runTasks } from "../../base/task_group.ts";
import { locationNames, parseLocation } from "../../storage/location.ts";
import { type AccessOptions, withAccess } from "../access/access.ts";

/** Tags that are looked at: a repository may have a hundred thousand. */
const MOST_TAGS = 2_000;
/** Tags that are named. */
const MOST_NAMED = 5;

/** The tags of a repository that are nearest to a missing one; none where they cannot be listed. */
export async function findNearTags(
  reference: string,
  options: AccessOptions,
): Promise<readonly string[]> {
  const location = parseLocation(reference);
  if (location.kind === "scratch") return [];
  const { tag, digest } = locationNames(location);
  if (tag === undefined || digest !== undefined) return [];
  try {
    return await withAccess(options, (access) =>
      runTasks(options.signal, async ({ signal }) => {
        const tags: string[] = [];
        for await (const found of access.open(location, "pull").tags({ signal })) {
          tags.push(found);
          if (tags.length === MOST_TAGS) break;
        }
        return nearTags(tag, tags);
      }));
  } catch {
    options.signal?.throwIfAborted();
    return [];
  }
}

/** Those that begin alike, the longest common beginning first; all where there are few. */
export function nearTags(tag: string, tags: readonly string[]): readonly string[] {
  const common = (other: string): number => {
    let length = 0;
    while (length < tag.length && tag[length] === other[length]) length++;
    return length;
  };
  const near = tags.length <= MOST_NAMED ? tags : tags.filter((other) => common(other) > 0);
  return [...near].sort((a, b) => common(b) - common(a) || a.length - b.length)
    .slice(0, MOST_NAMED);
}
