/** Which questions about a base are worth reading it for. */

import { isBaseDirectory } from "../files/base_directory.ts";
import type { Ignore } from "../files/ignore.ts";
import type { BaseTree } from "./base_tree.ts";
import { isBelow } from "../files/image_path.ts";
import type { Owner } from "../files/owner.ts";

/** How much of a base may be read: all that is asked, what can matter ({@linkcode mayMatter}), or nothing. */
export type ReadBase = "all" | "auto" | "none";

/**
 * Directories that are links in images of one distribution or another, or that hold such: the merged `/usr` (systemd, "The Case for the
 * /usr Merge"; Fedora 42 for `usr/sbin`), Filesystem Hierarchy Standard 3.0, 5.1, and `/etc/ssl/certs` and `/etc/pki` of Red Hat's.
 */
const MAYBE_LINKS: readonly string[] = [
  ...["bin", "lib", "lib32", "lib64", "libx32", "sbin", "var/lock", "var/mail", "var/run"],
  ...["usr/lib64", "usr/sbin", "usr/local/man", "etc/ssl", "etc/pki"],
];

/** Below these, directories are root's, with mode 0755, and programs that do not run as root only read there. */
const READ_ONLY_PLACES: readonly string[] = ["etc", "usr"];

/** Of the directories that every image has, those where programs keep their data (Filesystem Hierarchy Standard 3.0). */
const DATA_PLACES: readonly string[] = ["home", "media", "mnt", "opt", "run", "srv", "var"];

/** Whether a directory is a symbolic link in the images of some distributions. */
export function mayBeLink(path: string): boolean {
  return MAYBE_LINKS.includes(path);
}

/** Options of {@linkcode mayMatter}. */
export interface MayMatterOptions {
  /** Whether the image's config names no other user. */
  readonly runsAsRoot: boolean;
}

/**
 * Whether owner, mode and kind of a path of the base can matter to the image. They cannot for directories that every image has and that
 * are never links (but see {@linkcode mayBeUsers}), nor, in an image that runs as root, below `/etc` and `/usr`.
 */
export function mayMatter(path: string, { runsAsRoot }: MayMatterOptions): boolean {
  if (path === "") return false;
  if (MAYBE_LINKS.some((place) => path === place || isBelow(path, place))) return true;
  if (isBaseDirectory(path)) return false;
  return !(runsAsRoot && READ_ONLY_PLACES.some((place) => isBelow(path, place)));
}

/**
 * Whether a directory that every image has may belong to the user that the image runs as: programs write there, and engines that give
 * `/srv` to root would lock them out.
 */
export function mayBeUsers(path: string): boolean {
  return isBaseDirectory(path) &&
    DATA_PLACES.some((place) => path === place || isBelow(path, place));
}

/** What a base can be asked before the entries of a layer are known. */
export interface BaseQuestions {
  /** Sets the owner of directories that the layer makes, which is root otherwise. */
  useOwner?(owner: Owner): void;
  /**
   * The owner that `NAME[:GROUP]` means by the image's `/etc/passwd` and `/etc/group`.
   *
   * @throws {LayerError} if they do not name it, or cannot be read.
   */
  ownerOf?(names: string): Promise<Owner>;
  /** The entry at a path, with links followed; undefined if that cannot be found out. */
  kindOf(path: string): Promise<"directory" | "file" | "missing" | undefined>;
}

/** A base that can be compared with what is to be in it. */
export interface ComparableBase extends BaseQuestions {
  /**
   * What the base has at and below a directory, with the hashes of its files; links to it are followed. The layer's own entries below it
   * are then written as they are.
   *
   * @throws {LayerError} if the layers cannot be read.
   */
  treeOf(path: string): Promise<BaseTree>;
  /**
   * Whether an earlier layer of the same name may stay below the new one: it may if it has entries of these directories only, and none
   * that is ignored there. True if there is no such layer.
   *
   * @param paths Paths of the trees that are compared.
   */
  mayKeepNamed(paths: readonly string[], ignore: Ignore | undefined): Promise<boolean>;
}

/** Whether a base can be compared. */
export function isComparable(base: BaseQuestions): base is ComparableBase {
  return "treeOf" in base;
}
