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

/** What a runtime offers beyond web standards; every member is optional. */
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
  /** OCI layouts; without it `oci:` locations cannot be opened. */
  readonly openDirectory?: OpenDirectory | undefined;
  /** Archives of images; without it `docker-archive:` and `oci-archive:` locations cannot be opened. */
  readonly archives?: ArchiveFiles | undefined;
  /** Engines of this machine; without it `docker-daemon:` locations cannot be opened. */
  readonly findEngine?: FindEngine | undefined;
  /** Local files, for layers of them. */
  readonly files?: LocalFiles | undefined;
  /**
   * Bytes of a base's layers that are read at most where the answer can matter.
   *
   * @default {8388608}
   */
  readonly readBaseLimit?: number | undefined;
  /** What is remembered from run to run. */
  readonly cache?: CacheStore | undefined;
  /**
   * Gives back the memory of what is no longer used: called now and then in a long run.
   *
   * @default the runtime does so by itself
   */
  readonly collectGarbage?: (() => void) | undefined;
  /** Knows public suffixes; without it no sibling of a registry is told its password as token service. */
  readonly publicSuffixes?: (() => Promise<(domain: string) => boolean>) | undefined;
  /** Where credentials come from when the caller gives none. */
  readonly credentials?: CredentialSource | undefined;
}
