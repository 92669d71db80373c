/** Finds a directory that engines would change, since a layer has entries below it and none for it. */

import type { TarEntryHeader } from "../../tar/entry.ts";
import { isBaseDirectory } from "./base_directory.ts";
import { imagePathParts } from "./image_path.ts";

/** Below these, nearly all directories are root's, with mode 0755. */
const SYSTEM = new Set(["etc", "usr"]);

/** The most directories that are remembered. Layers have few; of an archive with more, the rest is not checked. */
const MOST_REMEMBERED = 1_000;

/**
 * Looks for a directory above an entry that has no entry itself and may well be another user's in the base. Only topmost directories
 * are checked: if a layer has an entry for one, it has entries for the directories below it too.
 */
export class MissingParentFinder {
  readonly #covered = new Set<string>();
  #found: string | undefined;
  /** Prefix of the paths that need no check: most entries are in the directory of the previous one. */
  #checked = "\0";

  /** The first directory that was found, or undefined. */
  get found(): string | undefined {
    return this.#found;
  }

  /** Adds the next entry of the layer. */
  add({ path, type }: Pick<TarEntryHeader, "path" | "type">): void {
    if (this.#found !== undefined || this.#covered.size === MOST_REMEMBERED) return;
    if (path.startsWith(this.#checked)) return;
    const parts = imagePathParts(path) ?? [];
    const depth = type === "directory" ? parts.length : parts.length - 1;
    const top = topDirectory(parts.slice(0, depth));
    if (top === undefined) return;
    if (type === "directory" && top === parts.join("/")) this.#covered.add(top);
    if (SYSTEM.has(top) || this.#covered.has(top)) this.#pass(path, top);
    else this.#found = top;
  }

  #pass(path: string, top: string): void {
    const start = path.indexOf(`${top}/`);
    if (start >= 0) this.#checked = path.slice(0, start + top.length + 1);
  }
}

/** The first directory on a path that not every image has; of `/etc` and `/usr`, those themselves. */
function topDirectory(parts: readonly string[]): string | undefined {
  const [first = ""] = parts;
  if (SYSTEM.has(first)) return first;
  let path = "";
  for (const part of parts) {
    path = path === "" ? part : `${path}/${part}`;
    if (!isBaseDirectory(path)) return path;
  }
  return undefined;
}
