/** What a layer that makes directories of the image equal to others is made of. */

import type { CreateHasher } from "../../base/hash/hasher.ts";
import type { FilesLayerOptions, ReadAhead } from "../files/files_layer.ts";
import type { Ignore } from "../files/ignore.ts";
import type { Owner } from "../files/owner.ts";
import type { PlacedFile } from "../files/merge_sources.ts";
import type { FileSource } from "../files/source_file.ts";
import type { OnDifference } from "./sync_difference.ts";

/**
 * Hashes the contents of files, in their order, and gives some at a time: SHA-256 in base64. The files come sorted, as a walk gives them,
 * and one that is not asked for is not read.
 */
export type HashFiles = (
  source: FileSource,
  files: Iterable<ComparedFile>,
) => AsyncIterable<readonly HashedFile[]>;

/** A file that is as large as the one in the base. */
export interface ComparedFile extends PlacedFile {
  /** Of what the base has in it, where that is known. */
  readonly baseHash: string | undefined;
}

/** A file with the hash of its content. */
export interface HashedFile {
  readonly placed: ComparedFile;
  readonly hash: string;
}

/** What is said of a sync, whatever the image is made equal to. */
export interface SyncOptions extends Pick<FilesLayerOptions, "owner" | "chmod" | "mtime"> {
  /**
   * Patterns of `.dockerignore`, relative to each directory; the last one that matches decides. What they leave out is neither added nor
   * deleted.
   */
  readonly ignore?: readonly string[] | undefined;
  /**
   * Whether there may be nothing that a directory is to be equal to: all that the image has there is then deleted.
   *
   * @default {false}
   */
  readonly allowEmpty?: boolean | undefined;
  /** Told what differs, before anything of it is read to be written. */
  readonly onDifference?: OnDifference | undefined;
}

/** Options of {@linkcode syncLayer}. */
export interface SyncLayerOptions extends Omit<SyncOptions, "ignore"> {
  /** Directories, and what is to be in each of those of the image: no more and no less. */
  readonly sources: readonly FileSource[];
  /** What the sources left out: it stays in the base as it is. */
  readonly ignore?: Ignore | undefined;
  /**
   * Whether the permission bits of the sources say anything; else those of the base stay.
   *
   * @default {true}
   */
  readonly modes?: boolean | undefined;
  readonly createHasher: CreateHasher;
  readonly hashFiles?: HashFiles | undefined;
  readonly readAhead?: ReadAhead | undefined;
  /** Called for each entry of the base that is looked at, of which there may be a million. */
  readonly onLook?: (() => void) | undefined;
  /** Told where in the image a source comes to be, links followed. */
  readonly onPlaced?: ((name: string, path: string) => void) | undefined;
}

/** The same once the owner was looked up. */
export interface SyncPlanOptions extends Omit<SyncLayerOptions, "owner"> {
  readonly owner?: Owner | undefined;
}
