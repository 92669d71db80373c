/** What a client of registries can be told. */

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

/** Loads what tells whether a domain is a public suffix, under which strangers get names of their own. */
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
   * Who the user is, for each repository.
   *
   * @default anonymous everywhere
   */
  readonly credentials?: CredentialSource | undefined;
  /**
   * Remembers for a day which token service each registry has named, so that the next run asks that first.
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
   * What all manifests and configs together may take.
   *
   * @default {undefined} no limit but that of each
   */
  readonly documents?: ByteBudget | undefined;
  /**
   * Whether registries are spoken to over http, all or those of a list (`HOST` or `HOST:PORT`). One that answers https all the same is an
   * error.
   *
   * @default {false}, but where a registry on this machine does not answer https
   */
  readonly plainHttp?: boolean | readonly string[] | undefined;
  /** Hosts (`HOST` or `HOST:PORT`) of token services that may be told passwords and tokens, besides those that are safe anyway. */
  readonly trustRealms?: readonly string[] | undefined;
  /**
   * Knows public suffixes, so that a token service may be told a password that is a sibling of its registry: `gitlab.example.com` of
   * `registry.example.com`.
   *
   * @default {undefined} there are no siblings
   */
  readonly publicSuffixes?: LoadPublicSuffixes | undefined;
  /**
   * How often a request is repeated after a failure that may pass.
   *
   * @default {4}
   */
  readonly retries?: number | undefined;
  /**
   * Milliseconds since a request was sent first for which it is repeated, in place of a number: for registries that are being restarted.
   *
   * @default {undefined}
   */
  readonly retryFor?: number | undefined;
  /**
   * Milliseconds without a sign of life after which a request counts as failed; a blob of which less than 1 KiB a second comes shows
   * none. A manifest, token or list may take no longer in all, attempts included, or as long as `retryFor` if that is more. A registry that
   * stores a blob has four minutes more, and a body whose progress cannot be seen as long as a line of 16 kB/s takes.
   *
   * @default {60000}
   */
  readonly timeout?: number | undefined;
  /**
   * Requests at a time that wait for the answers of one host; uploads that stream do not count.
   *
   * @default {8}
   */
  readonly concurrency?: number | undefined;
  /**
   * Bytes of a blob that are kept in memory. Up to this size it is sent in one request, and sent again where that fails; of a larger one
   * that is not kept elsewhere, what was read last is kept, so that an upload that is cut can go on. To be sent as one, a blob that
   * is being put takes twice as much for a moment.
   *
   * @default {8388608}
   */
  readonly bufferSize?: number | undefined;
  /** Told of what a registry warns of, without control characters. */
  readonly onWarning?: ((message: string) => void) | undefined;
  /** Told, often, for how many requests a host is waited for just now; a pause before another attempt counts. */
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
