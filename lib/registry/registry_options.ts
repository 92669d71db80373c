/** Options of the client of registries. */

import type { Fetch } from "../base/fetch.ts";
import type { CreateHasher } from "../base/hash/hasher.ts";
import type { ByteBudget } from "../storage/byte_budget.ts";
import type { CacheStore } from "../storage/cache_store.ts";
import type { Transfer } from "../storage/transfer.ts";
import type { CredentialSource } from "./auth/credential.ts";
import type { OnWait } from "./http/waits.ts";

/** Waits for a duration in milliseconds, or rejects with the signal's reason. */
export type Delay = (
  duration: number,
  options: { readonly signal?: AbortSignal | undefined },
) => Promise<void>;

/** Loads a function that tells whether a domain is a public suffix, under which anybody can get a name. */
export type LoadPublicSuffixes = () => Promise<(domain: string) => boolean>;

/** Options of `Registries`. */
export interface RegistryOptions {
  /**
   * Sends requests.
   *
   * @default {globalThis.fetch}
   */
  readonly fetch?: Fetch | undefined;
  /**
   * The user's credentials for each repository.
   *
   * @default anonymous everywhere
   */
  readonly credentials?: CredentialSource | undefined;
  /**
   * Caches the token service of each registry for a day, so that the next run can ask it first.
   *
   * @default {undefined} nothing is remembered
   */
  readonly cache?: CacheStore | undefined;
  /**
   * Makes hashers of SHA-256.
   *
   * @default the fastest that web standards offer
   */
  readonly createHasher?: CreateHasher | undefined;
  /** Counters to add to. */
  readonly transfer?: Transfer | undefined;
  /**
   * Limits the bytes of all manifests and configs together.
   *
   * @default {undefined} only each by itself is limited
   */
  readonly documents?: ByteBudget | undefined;
  /**
   * Whether to use plain http: for all registries, or for those of a list (`HOST` or `HOST:PORT`). With `true`, a registry that answers
   * https is an error.
   *
   * @default {false}, except for a registry on this machine that does not answer https
   */
  readonly plainHttp?: boolean | readonly string[] | undefined;
  /** Further hosts (`HOST` or `HOST:PORT`) of token services that may be sent passwords and tokens. */
  readonly trustRealms?: readonly string[] | undefined;
  /**
   * Recognizes public suffixes, so that a password may be sent to a token service that is a sibling of its registry, as
   * `gitlab.example.com` is of `registry.example.com`.
   *
   * @default {undefined} siblings are not sent passwords
   */
  readonly publicSuffixes?: LoadPublicSuffixes | undefined;
  /**
   * How often a request is repeated after a transient failure.
   *
   * @default {4}
   */
  readonly retries?: number | undefined;
  /**
   * Milliseconds for which a request is repeated, instead of `retries`: for registries that are being restarted.
   *
   * @default {undefined}
   */
  readonly retryFor?: number | undefined;
  /**
   * Milliseconds of silence after which a request has failed; less than 1 KiB a second of a blob counts as silence. A manifest, token or
   * list may take no longer in all, with all attempts, or as long as `retryFor` if that is more. A registry gets up to four minutes more to
   * store a blob, and a body whose progress cannot be seen the time that it takes at 16 kB/s.
   *
   * @default {60000}
   */
  readonly timeout?: number | undefined;
  /**
   * Concurrent requests to one host; streamed uploads do not count.
   *
   * @default {8}
   */
  readonly concurrency?: number | undefined;
  /**
   * Bytes of a blob that are kept in memory. A blob up to this size is sent in one request, which is sent again if it fails; that takes
   * twice the memory for a moment. Of a larger blob that is not kept elsewhere, the last bytes are kept, so that a broken upload can go on.
   *
   * @default {8388608}
   */
  readonly bufferSize?: number | undefined;
  /** Told of a registry's warnings, without control characters. */
  readonly onWarning?: ((message: string) => void) | undefined;
  /** Told, often, how many requests of a host wait now, for an answer or for their next attempt. */
  readonly onWait?: OnWait | undefined;
  /** From 0 to below 1. @default {Math.random} */
  readonly random?: (() => number) | undefined;
  /** Milliseconds since 1970. @default {Date.now} */
  readonly now?: (() => number) | undefined;
  /**
   * Waits between attempts.
   *
   * @default a timer
   */
  readonly delay?: Delay | undefined;
}
