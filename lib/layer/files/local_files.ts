/** The interface of local files, which a host implements. */

import type { Ignore } from "./ignore.ts";
import type { SourceFile } from "./source_file.ts";

/** Options of a walk through a tree. */
export interface WalkOptions {
  /** What to leave out; paths are relative to the source. */
  readonly ignore?: Ignore | undefined;
  /**
   * Whether to take what symlinks point to instead of the links.
   *
   * @default {false}
   */
  readonly dereference?: boolean | undefined;
  /**
   * Whether what is in a directory is wanted, by its path below the source.
   *
   * @default all
   */
  readonly isEntered?: ((path: string) => boolean) | undefined;
  /**
   * Told of a socket, which is then left out, as no archive holds one.
   *
   * @default {undefined} a socket is an error
   */
  readonly onSocket?: ((path: string) => void) | undefined;
  /**
   * Told of extended attributes that are left behind, of a directory or the first file in one.
   *
   * @default {undefined} they are not looked for
   */
  readonly onAttributes?: ((path: string, names: readonly string[]) => void) | undefined;
}

/** Local files, by paths as the system writes them. The calls are synchronous: trees have very many small files. */
export interface LocalFiles {
  /**
   * Walks a directory in the order in which it goes into a layer, or yields a single file.
   *
   * @throws {Error} if something cannot be read; the message names it.
   */
  walk(source: string, options?: WalkOptions): Iterable<SourceFile>;
  /** A path with slashes between its parts, whatever this system has there. */
  slashed(path: string): string;
  /** A path from the root of the disk, as the system writes it. */
  absolute(path: string): string;
  /** The names in a directory, or undefined if it is none. */
  names(directory: string): readonly string[] | undefined;
  /** A small text file, or undefined if there is no such file. */
  text(path: string): string | undefined;
}
