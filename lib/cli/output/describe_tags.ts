/** Names the tags that a wrong one may have been meant for. */

import { editDistance } from "./suggest.ts";

/** Tags that are named at most. */
const MOST = 4;

/** The end of a message: the tags that are most like one that is not there. Empty where there are none. */
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

/** Less for what begins alike: `3.0` is nearer to `3.0.1` than to `2.0`. */
function distanceOf(wrong: string, tag: string): number {
  let common = 0;
  while (common < wrong.length && wrong[common] === tag[common]) common++;
  return editDistance(wrong.slice(0, 128), tag) - common;
}
