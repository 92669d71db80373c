/** Options with which archives are opened. */

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
  /** Decompresses archives that are compressed as a whole. */
  readonly codec: Codec;
  /** Makes spools for archives that cannot be sought, and for blobs whose size is not known yet. */
  readonly createSpool: CreateSpool;
  readonly createHasher: CreateHasher;
  /** Counters to add to: what is written counts as uploaded, what is read as downloaded. */
  readonly transfer: Transfer;
  /**
   * The most bytes of an archive that is read as a stream.
   *
   * @default unbounded
   */
  readonly largest?: number | undefined;
}
