// deno-lint-ignore-file camelcase -- the names are those of walkdir.
/** Options of `pack` and `addFiles`: those of `container-image-builder`, of `walkdir` and of `tar` that say what an archive holds. */

import { checkOptions, type OptionNames } from "../base/check_options.ts";
import type { PackIgnoreOptions } from "./pack_ignore.ts";

/** What `tar.filter` is told of an entry. */
export interface PackTarEntry {
  /** In the archive, as it was asked for; with a slash at the end of a directory's. */
  readonly path: string;
  /** What it is. */
  readonly type: "File" | "Directory" | "SymbolicLink";
  /** Permission bits. */
  readonly mode: number;
  /** Bytes. */
  readonly size: number;
  /** When it was changed. */
  readonly mtime: Date;
  /** What a symbolic link points to. */
  readonly linkpath?: string | undefined;
}

/** How the archive is written. */
export interface PackTarOptions {
  /** A directory of the image that all goes into. */
  readonly prefix?: string | undefined;
  /**
   * False keeps the local files' times.
   *
   * @default {true}, so that equal files make equal layers
   */
  readonly noMtime?: boolean | undefined;
  /** What all local files are dated. */
  readonly mtime?: Date | undefined;
  /** Asked for every entry: what it is false for is left out. Of a directory only the entry itself is. */
  readonly filter?: ((path: string, entry: PackTarEntry) => boolean) | undefined;
  /** Changes nothing: no path is relative to it. */
  readonly cwd?: string | undefined;
  /** Changes nothing: the archive is plain, and compressed on its way. */
  readonly gzip?: unknown;
  /** Changes nothing: owners are those of the files that were made up, else 0. */
  readonly portable?: boolean | undefined;
  /** Changes nothing: in a layer all paths are relative. */
  readonly preservePaths?: boolean | undefined;
  /** Changes nothing: whatever is wrong is an error. */
  readonly strict?: boolean | undefined;
  /** Changes nothing: see `find_links`. */
  readonly follow?: boolean | undefined;
  /** Changes nothing: see `no_recurse`. */
  readonly noDirRecurse?: boolean | undefined;
  /** Changes nothing: only an entry that a plain header cannot hold has another one, without which it would be another. */
  readonly noPax?: boolean | undefined;
  /** Never called: whatever is wrong is an error. */
  readonly onwarn?: unknown;
  /** Changes nothing. */
  readonly jobs?: number | undefined;
  /** Changes nothing. */
  readonly maxReadSize?: number | undefined;
  /** Changes nothing. */
  readonly linkCache?: unknown;
  /** Changes nothing. */
  readonly statCache?: unknown;
  /** Changes nothing. */
  readonly readdirCache?: unknown;
}

/** Options of {@linkcode pack} and `addFiles`. */
export interface PackOptions extends PackIgnoreOptions {
  /** How entries are written. */
  readonly tar?: PackTarOptions | undefined;
  /**
   * Whether symbolic links are replaced by what they point to; false keeps them. The name is that of the option of `walkdir`.
   *
   * @default {true}
   */
  readonly "find_links"?: boolean | undefined;
  /** Changes nothing: see `find_links`. */
  readonly "follow_symlinks"?: boolean | undefined;
  /** Changes nothing: no file is left out because of its number on the disk. */
  readonly "track_inodes"?: boolean | undefined;
  /** Changes nothing. */
  readonly "return_object"?: boolean | undefined;
  /** Changes nothing. */
  readonly "no_return"?: boolean | undefined;
  /** Changes nothing. */
  readonly sync?: boolean | undefined;
}

const TAR_OPTIONS: OptionNames<PackTarOptions> = {
  prefix: true,
  noMtime: true,
  mtime: true,
  filter: true,
  cwd: true,
  gzip: true,
  portable: true,
  preservePaths: true,
  strict: true,
  follow: true,
  noDirRecurse: true,
  noPax: true,
  onwarn: true,
  jobs: true,
  maxReadSize: true,
  linkCache: true,
  statCache: true,
  readdirCache: true,
};

const OPTIONS: OptionNames<PackOptions> = {
  ignores: true,
  ignoreFiles: true,
  filter: true,
  max_depth: true,
  no_recurse: true,
  tar: true,
  find_links: true,
  follow_symlinks: true,
  track_inodes: true,
  return_object: true,
  no_return: true,
  sync: true,
};

/**
 * Refuses what is no option.
 *
 * @throws {TypeError} if one is unknown, or one that decides what is packed is of another kind.
 */
export function checkPackOptions(options: PackOptions): void {
  checkOptions(options, OPTIONS, "pack()");
  const { tar, filter, ignores, ignoreFiles } = options;
  checkOptions(tar, TAR_OPTIONS, "pack() in tar");
  requireKind("filter", filter, "a function", typeof filter === "function");
  requireKind("tar.filter", tar?.filter, "a function", typeof tar?.filter === "function");
  requireKind("ignores", ignores, "an array", Array.isArray(ignores));
  requireKind("ignoreFiles", ignoreFiles, "an array", Array.isArray(ignoreFiles));
}

function requireKind(name: string, value: unknown, kind: string, isRight: boolean): void {
  if (value === undefined || isRight) return;
  throw new TypeError(
    `Cannot call pack() with this ${name}: expected ${kind}, got ${typeof value}`,
  );
}
