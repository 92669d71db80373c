/** What an archive is opened with. */

import type { CreateHasher } from "../base/hash/hasher.ts";
import type { Codec } from "../layer/compression/codec.ts";
import type { Location } from "../storage/location.ts";
import type { CreateSpool } from "../storage/spool.ts";
import type { Transfer } from "../storage/transfer.ts";
import type { ArchiveFiles } from "./archive_files.ts";

/** The location of an image in an archive. */
export type ArchiveLocation = Extract<Location, { kind: "docker-archive" | "oci-archive" }>;

/** Options of an archive. */
export interface ArchiveOptions {
  readonly files: ArchiveFiles;
  /** For archives that are compressed as a whole. */
  readonly codec: Codec;
  /** Where what cannot be sought is kept, and what has no size yet. */
  readonly createSpool: CreateSpool;
  readonly createHasher: CreateHasher;
  /** Counters to add to: what is written counts as uploaded, what is read as downloaded. */
  readonly transfer: Transfer;
  /**
   * Bytes of an archive that is read as a stream, at most.
   *
   * @default unbounded
   */
  readonly largest?: number | undefined;
}
