/** Which questions about a base are worth reading it for. */

import { isBaseDirectory } from "../files/base_directory.ts";
import type { Ignore } from "../files/ignore.ts";
import type { BaseTree } from "./base_tree.ts";
import { isBelow } from "../files/image_path.ts";
import type { Owner } from "../files/owner.ts";

/** How much of a base may be asked: everything, what can matter, or nothing. */
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

/** Of the directories that every image has, those with what belongs to the programs that run (Filesystem Hierarchy Standard 3.0). */
const PROGRAMS_PLACES: readonly string[] = ["home", "media", "mnt", "opt", "run", "srv", "var"];

/** Whether a directory is a link in some distributions' images. */
export function mayBeLink(path: string): boolean {
  return MAYBE_LINKS.includes(path);
}

/** Options of {@linkcode mayMatter}. */
export interface MayMatterOptions {
  /** Whether the image's config names no other user. */
  readonly runsAsRoot: boolean;
}

/**
 * Whether the answer to what a directory of the base is (its owner, its mode, a link) can matter to the image. Not asked is of the
 * directories that every image has, but for those that may be links ({@linkcode mayBeUsers} has more); and in an image that runs as
 * root, of what lies in `/etc` and `/usr`.
 */
export function mayMatter(path: string, { runsAsRoot }: MayMatterOptions): boolean {
  if (path === "") return false;
  if (MAYBE_LINKS.some((place) => path === place || isBelow(path, place))) return true;
  if (isBaseDirectory(path)) return false;
  return !(runsAsRoot && READ_ONLY_PLACES.some((place) => isBelow(path, place)));
}

/**
 * Whether a directory that every image has may be that of the user whom an image runs as, where that is not root: there the program
 * writes. Engines that make `/srv` root's would lock it out.
 */
export function mayBeUsers(path: string): boolean {
  return isBaseDirectory(path) &&
    PROGRAMS_PLACES.some((place) => path === place || isBelow(path, place));
}

/** What a base can be asked before the entries of a layer are known. */
export interface BaseQuestions {
  /** Says whose the directories are that the layer makes: root's, where it does not. */
  useOwner?(owner: Owner): void;
  /**
   * The owner that `NAME[:GROUP]` means by the image's `/etc/passwd` and `/etc/group`.
   *
   * @throws {LayerError} if they do not name it, or cannot be read.
   */
  ownerOf?(names: string): Promise<Owner>;
  /** What is at a path, links followed; undefined where that cannot be learnt. */
  kindOf(path: string): Promise<"directory" | "file" | "missing" | undefined>;
}

/** A base that can be compared with what is to be in it. */
export interface ComparableBase extends BaseQuestions {
  /**
   * All that the base has at and below a directory, and what is in its files; links to it are followed. Entries of the layer for what
   * lies there are then taken as they are.
   *
   * @throws {LayerError} if the layers cannot be read.
   */
  treeOf(path: string): Promise<BaseTree>;
  /**
   * Whether an earlier layer of the same name may stay below the new one, where one does: what it says of the image is of these
   * directories alone, and of nothing that is ignored there.
   *
   * @param paths Those of the trees.
   */
  mayKeepNamed(paths: readonly string[], ignore: Ignore | undefined): Promise<boolean>;
}

/** Whether a base can be compared. */
export function isComparable(base: BaseQuestions): base is ComparableBase {
  return "treeOf" in base;
}
