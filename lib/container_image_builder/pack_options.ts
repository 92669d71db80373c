// deno-lint-ignore-file camelcase -- the names are those of walkdir.
/** Options of `pack` and `addFiles`: those of `container-image-builder`, and those of `walkdir` and `tar` that `container-image-builder` passed on. */

import { checkOptions, type OptionNames } from "../base/check_options.ts";
import type { PackIgnoreOptions } from "./pack_ignore.ts";

/** An entry as `tar.filter` gets it. */
export interface PackTarEntry {
  /** The path in the archive, as the caller wrote it; that of a directory has a trailing slash. */
  readonly path: string;
  /** The type. */
  readonly type: "File" | "Directory" | "SymbolicLink";
  /** Permission bits. */
  readonly mode: number;
  /** The size in bytes. */
  readonly size: number;
  /** When its content was changed. */
  readonly mtime: Date;
  /** The target of a symbolic link. */
  readonly linkpath?: string | undefined;
}

/** How the archive is written. */
export interface PackTarOptions {
  /** The directory of the image into which everything is packed. */
  readonly prefix?: string | undefined;
  /**
   * Whether times are 1970-01-01; false keeps those of the local files.
   *
   * @default {true}, so that equal files make equal layers
   */
  readonly noMtime?: boolean | undefined;
  /** The modification time of all local files. */
  readonly mtime?: Date | undefined;
  /** Called for every entry; if it returns false the entry is left out. The content of such a directory is not. */
  readonly filter?: ((path: string, entry: PackTarEntry) => boolean) | undefined;
  /** Changes nothing: no path is relative to this. */
  readonly cwd?: string | undefined;
  /** Changes nothing: the archive is not compressed, and the layer always is. */
  readonly gzip?: unknown;
  /** Changes nothing: owners are those of custom files, else 0. */
  readonly portable?: boolean | undefined;
  /** Changes nothing: in a layer all paths are relative. */
  readonly preservePaths?: boolean | undefined;
  /** Changes nothing: every problem is an error. */
  readonly strict?: boolean | undefined;
  /** Changes nothing: see `find_links`. */
  readonly follow?: boolean | undefined;
  /** Changes nothing: see `no_recurse`. */
  readonly noDirRecurse?: boolean | undefined;
  /** Changes nothing: only an entry that does not fit into a plain header has a pax header, without which it would be wrong. */
  readonly noPax?: boolean | undefined;
  /** Never called: every problem is an error. */
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
   * Whether symbolic links are replaced by what they point to; false keeps them. The name is that of `walkdir`'s option.
   *
   * @default {true}
   */
  readonly "find_links"?: boolean | undefined;
  /** Changes nothing: see `find_links`. */
  readonly "follow_symlinks"?: boolean | undefined;
  /** Changes nothing: no file is left out because of its inode. */
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
 * Checks options.
 *
 * @throws {TypeError} if one is unknown, or one that decides what is packed has the wrong type.
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
