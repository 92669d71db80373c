/** Suggests tags in place of a wrong one. */

import { editDistance } from "./suggest.ts";

/** The most tags that are suggested. */
const MOST = 4;

/** The end of a message with the tags that are most similar to a missing one. Empty if there are none. */
export function describeNearTags(wrong: string, tags: readonly string[]): string {
  if (tags.length === 0) return "";
  const near = tags.map((tag) => ({ tag, distance: distanceOf(wrong, tag) }))
    .sort((a, b) => a.distance - b.distance || (a.tag < b.tag ? 1 : -1))
    .slice(0, MOST).map(({ tag }) => JSON.stringify(tag));
  const last = near.pop() ?? "";
  const named = near.length === 0 ? last : `${near.join(", ")} and ${last}`;
  const are = near.length === 0 ? "there is the tag" : "there are the tags";
  const rest = tags.length - near.length - 1;
  return `; ${are} ${named}${rest > 0 ? `, and ${rest} other${rest === 1 ? "" : "s"}` : ""}`;
}

/** The edit distance, less if both begin alike: `3.0` is nearer to `3.0.1` than to `2.0`. */
function distanceOf(wrong: string, tag: string): number {
  let common = 0;
  while (common < wrong.length && wrong[common] === tag[common]) common++;
  return editDistance(wrong.slice(0, 128), tag) - common;
}
