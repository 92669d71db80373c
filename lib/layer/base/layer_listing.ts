/** What one layer says of the paths of an image: which it has, and which of the layers below it takes away. */

import type { TarEntryHeader } from "../../tar/entry.ts";
import { imagePathParts } from "../files/image_path.ts";
import { OPAQUE, WHITEOUT } from "../files/removals.ts";
import { PathBudget } from "./path_budget.ts";

/** Names that begin so say something else than that their namesake is gone. */
const META = `${WHITEOUT}${WHITEOUT}`;

/** Bytes of a path, and of a name in it, that Linux takes (limits.h, PATH_MAX and NAME_MAX). */
const LONGEST_PATH = 4_096;
const LONGEST_NAME = 255;

/** What the entry of a directory says of it. */
export interface DirectoryAttributes
  extends Pick<TarEntryHeader, "mode" | "uid" | "gid" | "mtime"> {
  /** Whether it has extended attributes, which no added file has. */
  readonly isExtended?: true;
}

/** What the entry of a symlink says of it, beside where it leads. */
export type LinkAttributes = Pick<TarEntryHeader, "uid" | "gid" | "mtime">;

/** What is known of a file whose content was read. */
export interface FileAttributes extends DirectoryAttributes {
  /** Bytes. */
  readonly size: number;
  /** SHA-256 of the content, in base64. */
  readonly hash: string;
  /** Path of the same layer that it is another name of, and has the content from. */
  readonly link?: string;
}

/** What has a meaning for lazy pulls, and is never a file of an image (stargz-snapshotter, `docs/estargz.md`). */
const NEVER_FILES: ReadonlySet<string> = /* @__PURE__ */ new Set([
  "stargz.index.json",
  ".prefetch.landmark",
  ".no.prefetch.landmark",
]);

/** An entry, as far as questions about an image go. */
export type ListedEntry =
  | ({ readonly kind: "directory" } & DirectoryAttributes)
  | { readonly kind: "symlink"; readonly target: string; readonly attributes?: LinkAttributes }
  /** Anything that nothing can lie below. What is known of a plain file is so only where contents were read. */
  | { readonly kind: "file"; readonly attributes?: FileAttributes };

const FILE: ListedEntry = { kind: "file" };

/** The entries of a layer by their paths, which have no slash at either end; the root is the empty text. */
export class LayerListing {
  #entries = new Map<string, ListedEntry>();
  /** Paths that were asked for by themselves. */
  readonly #asked = new Set<string>();
  /** Directories that are only named in the paths of others. */
  #named = new Set<string>();
  #whiteouts = new Set<string>();
  #opaque = new Set<string>();
  readonly #budget: PathBudget;
  /** UTF-16 units of all of them. */
  #text = 0;
  /** What the budget knows of. */
  #counted = { paths: 0, text: 0 };
  /** The directory of the file before, as its path is written. */
  #directory = "";
  #isComplete = false;
  #isDetailed = false;

  /** @param budget What it counts towards, with other listings; without one it has its own. */
  constructor(budget: PathBudget = new PathBudget()) {
    this.#budget = budget;
  }

  /** Whether it is known what each file has in it, too. */
  get isDetailed(): boolean {
    return this.#isDetailed;
  }

  /** Whether all of the layer was read: only then is a path that is not in it certain to be in the layers below. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  /** Whether it is certain what the layer says of a path: it was read to its end, or asked for that path. */
  isKnown(path: string): boolean {
    return this.#isComplete || this.#asked.has(path);
  }

  /** How many paths are remembered. */
  get size(): number {
    return this.#entries.size + this.#named.size + this.#whiteouts.size + this.#opaque.size;
  }

  /** Every entry, in the order of the archive. */
  entries(): Iterable<readonly [path: string, entry: ListedEntry]> {
    return this.#entries;
  }

  /** Paths that are taken away from the layers below: whiteouts, and directories whose contents are. */
  removals(): { readonly whiteouts: Iterable<string>; readonly opaque: Iterable<string> } {
    return { whiteouts: this.#whiteouts, opaque: this.#opaque };
  }

  /** Forgets all of it. */
  clear(): void {
    this.#entries = new Map();
    this.#asked.clear();
    this.#named = new Set();
    this.#whiteouts = new Set();
    this.#opaque = new Set();
    this.#text = 0;
    this.#count();
    this.#directory = "";
    this.#isComplete = false;
    this.#isDetailed = false;
  }

  /**
   * Says that there are no more entries.
   *
   * @param isDetailed Whether files were put with what is known of their contents.
   */
  complete(isDetailed: boolean = false): void {
    this.#count();
    this.#isComplete = true;
    this.#isDetailed = isDetailed;
  }

  /** Becomes what another listing says, which is empty from then on. */
  takeFrom(other: LayerListing): void {
    this.clear();
    this.#entries = other.#entries;
    this.#named = other.#named;
    this.#whiteouts = other.#whiteouts;
    this.#opaque = other.#opaque;
    this.#text = other.#text;
    this.#isComplete = other.#isComplete;
    this.#isDetailed = other.#isDetailed;
    other.clear();
    this.#count();
  }

  /** Every path that it says something of: entries, and directories that are only named. */
  *paths(): Iterable<string> {
    yield* this.#entries.keys();
    yield* this.#named;
  }

  /**
   * Takes an entry of the layer. What no file system can hold is left out: no path of an image is found through it.
   *
   * @returns the path under which it is kept, if it is.
   * @throws {LayerError} if there are more paths than any image has.
   */
  add(header: TarEntryHeader): string | undefined {
    if (header.path.length > LONGEST_PATH) return undefined;
    const parts = imagePathParts(header.path);
    if (parts === undefined || parts.some((part) => part.length > LONGEST_NAME)) return undefined;
    const name = parts.at(-1);
    const path = parts.join("/");
    if (NEVER_FILES.has(path)) return undefined;
    const isWhiteout = name?.startsWith(WHITEOUT) === true;
    if (isWhiteout) this.#takeAway(parts.slice(0, -1), name);
    else this.put(path, listedEntry(header));
    this.#count();
    return isWhiteout ? undefined : path;
  }

  /**
   * Takes an entry as {@linkcode add} does, but of a file no more than the directories above it. Those in `/etc` are remembered: names of
   * owners are looked up there.
   */
  addPlace(header: TarEntryHeader): void {
    const { path, type } = header;
    const start = path.lastIndexOf("/") + 1;
    if (type === "directory" || type === "symlink" || path.startsWith(WHITEOUT, start)) {
      this.add(header);
      return;
    }
    // Most files are in the directory of the one before.
    const directory = this.#directory;
    if (start === directory.length && path.startsWith(directory)) return;
    const parts = path.length > LONGEST_PATH ? undefined : imagePathParts(path);
    if (parts?.length === 2 && parts[0] === "etc") {
      this.add(header);
      return;
    }
    this.#directory = path.slice(0, start);
    if (parts !== undefined) this.#nameAbove(parts.join("/"));
  }

  /** Sets what is at a path. */
  put(path: string, entry: ListedEntry): void {
    this.#nameAbove(path);
    this.#named.delete(path);
    this.#text += path.length + (entry.kind === "symlink" ? entry.target.length : 0);
    this.#entries.set(path, entry);
  }

  /** Takes the answer to what is at a path: an entry, or undefined for none. */
  answer(path: string, header: TarEntryHeader | undefined): void {
    this.#asked.add(path);
    if (header === undefined) this.hide(path);
    else this.put(path, listedEntry(header));
  }

  /** Says that a path of the layers below is gone. */
  hide(path: string): void {
    this.#nameAbove(path);
    this.#text += path.length;
    this.#whiteouts.add(path);
  }

  /** Says that what the layers below have in a directory is gone. */
  hideBelow(directory: string): void {
    this.#nameAbove(`${directory}/.`);
    this.#text += directory.length;
    this.#opaque.add(directory);
  }

  /** The layer's own entry for a path. */
  find(path: string): ListedEntry | undefined {
    return this.#entries.get(path);
  }

  /** Whether a path is a directory of the layer that has no entry: engines make those. */
  isOnlyNamed(path: string): boolean {
    return this.#named.has(path);
  }

  /** Whether the layers below no longer count for a path, itself or through a directory above it. */
  hides(path: string): boolean {
    if (this.#whiteouts.has(path)) return true;
    for (let above = parentOf(path); above !== undefined; above = parentOf(above)) {
      if (this.#whiteouts.has(above) || this.#opaque.has(above)) return true;
      const entry = this.#entries.get(above);
      if (entry !== undefined && entry.kind !== "directory") return true;
    }
    return false;
  }

  #takeAway(parts: readonly string[], name: string): void {
    const directory = parts.join("/");
    if (name === OPAQUE) return this.hideBelow(directory);
    if (name.startsWith(META)) return;
    this.hide(
      directory === ""
        ? name.slice(WHITEOUT.length)
        : `${directory}/${name.slice(WHITEOUT.length)}`,
    );
  }

  /** @throws {LayerError} if all listings together remember too much. */
  #count(): void {
    const { paths, text } = this.#counted;
    this.#counted = { paths: this.size, text: this.#text };
    this.#budget.take(this.size - paths, this.#text - text);
  }

  #nameAbove(path: string): void {
    for (let above = parentOf(path); above; above = parentOf(above)) {
      if (this.#named.has(above)) return;
      if (this.#entries.has(above)) continue;
      this.#text += above.length;
      this.#named.add(above);
    }
  }
}

/** The directory that a path is in; undefined for the root. */
export function parentOf(path: string): string | undefined {
  if (path === "") return undefined;
  const slash = path.lastIndexOf("/");
  return slash < 0 ? "" : path.slice(0, slash);
}

function listedEntry(header: TarEntryHeader): ListedEntry {
  const { type, linkPath, mode, uid, gid, mtime } = header;
  if (type === "directory") {
    return { kind: "directory", mode, uid, gid, mtime, ...extended(header) };
  }
  if (type !== "symlink") return FILE;
  return { kind: "symlink", target: linkPath ?? "", attributes: { uid, gid, mtime } };
}

/** Says so where an entry has extended attributes. */
export function extended({ records }: TarEntryHeader): { readonly isExtended?: true } {
  const isExtended = records?.some(([keyword]) =>
    keyword.startsWith("SCHILY.xattr.") || keyword.startsWith("LIBARCHIVE.xattr.")
  );
  return isExtended === true ? { isExtended: true } : {};
}
