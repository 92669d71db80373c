/** Which entries of a layer can be files of an image, by their paths. */

import { imagePathParts } from "../files/image_path.ts";

/** Bytes of a path, and of a name in it, that Linux takes (limits.h, PATH_MAX and NAME_MAX). */
const LONGEST_PATH = 4_096;
const LONGEST_NAME = 255;

/** What has a meaning for lazy pulls, and is never a file of an image (stargz-snapshotter, `docs/estargz.md`). */
const NEVER_FILES: ReadonlySet<string> = /* @__PURE__ */ new Set([
  "stargz.index.json",
  ".prefetch.landmark",
  ".no.prefetch.landmark",
]);

/** The parts of the path of an entry; undefined where no file system can hold it, or it is no file of the image. */
export function listedParts(path: string): readonly string[] | undefined {
  const parts = path.length > LONGEST_PATH ? undefined : imagePathParts(path);
  if (parts === undefined || parts.some((part) => part.length > LONGEST_NAME)) return undefined;
  return parts.length === 1 && NEVER_FILES.has(parts[0] ?? "") ? undefined : parts;
}
