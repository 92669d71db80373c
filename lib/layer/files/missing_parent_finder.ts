/** Finds directories that a layer only names in the paths of its entries. */

import type { TarEntryHeader } from "../../tar/entry.ts";
import { isBaseDirectory } from "./base_directory.ts";
import { imagePathParts } from "./image_path.ts";

/** Below these, nearly all directories are root's, with mode 0755. */
const SYSTEM = new Set(["etc", "usr"]);

/** The most directories that are kept; layers have few, and of an archive with more the rest is not checked. */
const MOST_REMEMBERED = 1_000;

/**
 * Looks for a directory of the base that engines would change: one above an entry, which has no entry itself and may well be another
 * user's. Only the topmost ones are looked at, since what is below them has entries where they have.
 */
export class MissingParentFinder {
  readonly #covered = new Set<string>();
  #found: string | undefined;
  /** Prefix of the paths that are settled: most are in the directory of the one before. */
  #settled = "\0";

  /** The first directory that was found, or undefined. */
  get found(): string | undefined {
    return this.#found;
  }

  /** Adds the next entry of the layer. */
  add({ path, type }: Pick<TarEntryHeader, "path" | "type">): void {
    if (this.#found !== undefined || this.#covered.size === MOST_REMEMBERED) return;
    if (path.startsWith(this.#settled)) return;
    const parts = imagePathParts(path) ?? [];
    const depth = type === "directory" ? parts.length : parts.length - 1;
    const top = topDirectory(parts.slice(0, depth));
    if (top === undefined) return;
    if (type === "directory" && top === parts.join("/")) this.#covered.add(top);
    if (SYSTEM.has(top) || this.#covered.has(top)) this.#settle(path, top);
    else this.#found = top;
  }

  #settle(path: string, top: string): void {
    const start = path.indexOf(`${top}/`);
    if (start >= 0) this.#settled = path.slice(0, start + top.length + 1);
  }
}

/** The first directory on a path that not every image has, or that of the system. */
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
