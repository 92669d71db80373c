/** The interface of local files, which a host implements. */

import type { Ignore } from "./ignore.ts";
import type { SourceFile } from "./source_file.ts";

/** Options of {@linkcode LocalFiles.walk}. */
export interface WalkOptions {
  /** Decides which files are left out; paths are relative to the source. */
  readonly ignore?: Ignore | undefined;
  /**
   * Whether to follow symlinks instead of adding them.
   *
   * @default {false}
   */
  readonly dereference?: boolean | undefined;
  /**
   * Whether to walk a directory, by its path below the source.
   *
   * @default all
   */
  readonly isEntered?: ((path: string) => boolean) | undefined;
  /**
   * Told of a socket, which is left out: no archive holds one.
   *
   * @default {undefined} a socket is an error
   */
  readonly onSocket?: ((path: string) => void) | undefined;
  /**
   * Told of extended attributes that are left out: of a directory, or of the first file in one.
   *
   * @default {undefined} they are not looked for
   */
  readonly onAttributes?: ((path: string, names: readonly string[]) => void) | undefined;
}

/** Local files, by paths as the system writes them. The calls are synchronous, since trees have very many small files. */
export interface LocalFiles {
  /**
   * Walks a directory in the order in which it goes into a layer, or yields a single file.
   *
   * @throws {Error} if something cannot be read; the message names it.
   */
  walk(source: string, options?: WalkOptions): Iterable<SourceFile>;
  /** A path with `/` between its parts, whatever the system's separator is. */
  slashed(path: string): string;
  /** The absolute form of a path. */
  absolute(path: string): string;
  /** The names in a directory; undefined if it is none. */
  names(directory: string): readonly string[] | undefined;
  /** The content of a small text file; undefined if there is no such file. */
  text(path: string): string | undefined;
}
