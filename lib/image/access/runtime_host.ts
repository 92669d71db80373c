/** The interface of a host: what a runtime offers beyond web standards. */

import type { ArchiveFiles } from "../../archive/archive_files.ts";
import type { Fetch } from "../../base/fetch.ts";
import type { FindEngine } from "../../engine/engine_connection.ts";
import type { CreateHasher } from "../../base/hash/hasher.ts";
import type { Codec } from "../../layer/compression/codec.ts";
import type { LocalFiles } from "../../layer/files/local_files.ts";
import type { CacheStore } from "../../storage/cache_store.ts";
import type { CreateSpool } from "../../storage/spool.ts";
import type { OpenDirectory } from "../../layout/directory.ts";
import type { CredentialSource } from "../../registry/auth/credential.ts";

/** What a runtime offers beyond web standards. Every member is optional. */
export interface Host {
  /**
   * HTTP with the user's certificates and proxies.
   *
   * @default {globalThis.fetch}
   */
  readonly fetch?: Fetch | undefined;
  /** Native SHA-256. */
  readonly createHasher?: CreateHasher | undefined;
  /** Compression on all cores, with levels and zstd. */
  readonly codec?: Codec | undefined;
  /** Temporary files, so that the upload of a large one-shot layer can be retried. */
  readonly createSpool?: CreateSpool | undefined;
  /** Opens the directories of OCI layouts. Without it, `oci:` locations cannot be opened. */
  readonly openDirectory?: OpenDirectory | undefined;
  /** The files of archives. Without it, `docker-archive:` and `oci-archive:` locations cannot be opened. */
  readonly archives?: ArchiveFiles | undefined;
  /** Finds the engine of this machine. Without it, `docker-daemon:` locations cannot be opened. */
  readonly findEngine?: FindEngine | undefined;
  /** Local files, to make layers of. */
  readonly files?: LocalFiles | undefined;
  /**
   * The most bytes of a base's layers that are read where the answer can matter.
   *
   * @default {8388608}
   */
  readonly readBaseLimit?: number | undefined;
  /** Caches from run to run. */
  readonly cache?: CacheStore | undefined;
  /**
   * Frees unused memory; called now and then in a long run.
   *
   * @default the runtime does so by itself
   */
  readonly collectGarbage?: (() => void) | undefined;
  /** Loads a function that recognizes public suffixes. Without it, a token service that is a sibling of its registry gets no password. */
  readonly publicSuffixes?: (() => Promise<(domain: string) => boolean>) | undefined;
  /** The user's credentials, if the caller gives none. */
  readonly credentials?: CredentialSource | undefined;
}
