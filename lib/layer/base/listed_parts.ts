/** Splits the path of an entry, if it can be one of an image. */

import { imagePathParts, LONGEST_NAME, LONGEST_PATH } from "../files/image_path.ts";

/** Entries for lazy pulls, which are no files of the image (stargz-snapshotter, `docs/estargz.md`). */
const NEVER_FILES: ReadonlySet<string> = /* @__PURE__ */ new Set([
  "stargz.index.json",
  ".prefetch.landmark",
  ".no.prefetch.landmark",
]);

/** The parts of an entry's path; undefined if no file system can hold it, or it is no file of the image. */
export function listedParts(path: string): readonly string[] | undefined {
  const parts = path.length > LONGEST_PATH ? undefined : imagePathParts(path);
  if (parts === undefined) return undefined;
  if (path.length > LONGEST_NAME && parts.some((part) => part.length > LONGEST_NAME)) {
    return undefined;
  }
  return parts.length === 1 && NEVER_FILES.has(parts[0] ?? "") ? undefined : parts;
}
