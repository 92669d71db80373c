/** Options of layers that make directories of the image equal to a source. */

import type { CreateHasher } from "../../base/hash/hasher.ts";
import type { FilesLayerOptions, ReadAhead } from "../files/files_layer.ts";
import type { Ignore } from "../files/ignore.ts";
import type { Owner } from "../files/owner.ts";
import type { PlacedFile } from "../files/merge_sources.ts";
import type { FileSource } from "../files/source_file.ts";
import type { OnDifference } from "./sync_difference.ts";

/**
 * Hashes the contents of files by SHA-256, in base64, in the order of the files and some at a time. The files are sorted; further ones are
 * asked for only as needed.
 */
export type HashFiles = (
  source: FileSource,
  files: Iterable<ComparedFile>,
) => AsyncIterable<readonly HashedFile[]>;

/** A file that has the same size as the one in the base. */
export interface ComparedFile extends PlacedFile {
  /** Hash of the base's file, if it is known. */
  readonly baseHash: string | undefined;
}

/** A file with the hash of its content. */
export interface HashedFile {
  readonly placed: ComparedFile;
  readonly hash: string;
}

/** Options of a sync, whatever the source is. */
export interface SyncOptions extends Pick<FilesLayerOptions, "owner" | "chmod" | "mtime"> {
  /**
   * Patterns of `.dockerignore`, relative to each directory; the last one that matches decides. Files that they leave out are neither added
   * nor deleted.
   */
  readonly ignore?: readonly string[] | undefined;
  /**
   * Whether a source may be empty: then all that the image has in the directory is deleted.
   *
   * @default {false}
   */
  readonly allowEmpty?: boolean | undefined;
  /** Told what differs, before the differing files are written. */
  readonly onDifference?: OnDifference | undefined;
}

/** Options of {@linkcode syncLayer}. */
export interface SyncLayerOptions extends Omit<SyncOptions, "ignore"> {
  /** The sources, each with the directory of the image that is to be equal to it. */
  readonly sources: readonly FileSource[];
  /** Decides what the sources leave out, and what stays in the base as it is. */
  readonly ignore?: Ignore | undefined;
  /**
   * Whether the permission bits of the sources count; otherwise those of the base stay.
   *
   * @default {true}
   */
  readonly modes?: boolean | undefined;
  readonly createHasher: CreateHasher;
  readonly hashFiles?: HashFiles | undefined;
  readonly readAhead?: ReadAhead | undefined;
  /** Called for each entry of the base that is compared; there may be a million. */
  readonly onLook?: (() => void) | undefined;
  /** Told the directory of a source in the image, links followed. */
  readonly onPlaced?: ((name: string, path: string) => void) | undefined;
}

/** Options of {@linkcode planSync}: the owner was looked up. */
export interface SyncPlanOptions extends Omit<SyncLayerOptions, "owner"> {
  readonly owner?: Owner | undefined;
}
