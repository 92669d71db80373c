/** Opens the repositories of locations, with connections that a whole verb shares. */

import type { OptionNames } from "../../base/check_options.ts";
import type { Fetch } from "../../base/fetch.ts";
import type { CreateHasher } from "../../base/hash/hasher.ts";
import { createSha256 } from "../../base/hash/sha256.ts";
import type { Codec } from "../../layer/compression/codec.ts";
import { webCodec } from "../../layer/compression/web_codec.ts";
import { openArchiveSource, openArchiveTarget } from "../../archive/archive_repository.ts";
import { createBlobSpool } from "../../archive/blob_spool.ts";
import { EngineSession } from "../../engine/engine_session.ts";
import { openEngine } from "../../engine/engine_repository.ts";
import { openLayout } from "../../layout/layout_repository.ts";
import type { ArchiveLocation } from "../../archive/archive_options.ts";
import { formatLocation, type Location } from "../../storage/location.ts";
import type { Reference } from "../../oci/reference.ts";
import type { Repository } from "../../storage/repository.ts";
import { ByteBudget } from "../../storage/byte_budget.ts";
import { createTransfer, type Transfer } from "../../storage/transfer.ts";
import type { Credential, CredentialSource } from "../../registry/auth/credential.ts";
import { findLongestMatch } from "../../registry/auth/longest_match.ts";
import { Registries } from "../../registry/registries.ts";
import type { Progress } from "./transfer_progress.ts";
import type { Host } from "./runtime_host.ts";
import { type StrictOptions, Warnings } from "./strict.ts";
import type { Warning } from "../../storage/warning.ts";

/** Options of all verbs: how registries are reached. */
export interface AccessOptions extends StrictOptions {
  /**
   * What the runtime offers beyond web standards.
   *
   * @default the native parts of Deno, Bun and Node; nothing elsewhere
   */
  readonly host?: Host | undefined;
  /** Replaces the host's `fetch`. */
  readonly fetch?: Fetch | undefined;
  /**
   * Credentials by registry (`ghcr.io`) or by registry and path (`ghcr.io/acme`), the longest match winning; or a function.
   *
   * @default what the host finds: environment, Docker config, credential helpers
   */
  readonly credentials?: CredentialSource | Readonly<Record<string, Credential>> | undefined;
  /**
   * Whether to use plain http: for all registries, or for those of a list (`HOST` or `HOST:PORT`). With `true`, a registry that answers
   * https is an error.
   *
   * @default {false}, except for a registry on this machine that does not answer https
   */
  readonly plainHttp?: boolean | readonly string[] | undefined;
  /** Further hosts of token services that may be sent credentials. */
  readonly trustRealms?: readonly string[] | undefined;
  /**
   * Milliseconds for which a failed request is sent again, for example longer than a registry takes to restart.
   *
   * @default {undefined} five attempts, which take some seconds
   */
  readonly retryFor?: number | undefined;
  /**
   * Milliseconds without progress after which a request has failed; less than 1 KiB a second of a blob is no progress. A manifest, config,
   * token or list may take no longer in all.
   *
   * @default {60000}
   */
  readonly timeout?: number | undefined;
  /**
   * How many blobs are transferred at a time.
   *
   * @default {4}
   */
  readonly concurrency?: number | undefined;
  /**
   * Whether to cache from run to run, if the host can: listings of the layers of bases, configs of bases, and the token services of
   * registries.
   *
   * @default {true}
   */
  readonly cache?: boolean | undefined;
  /** Aborts the verb; targets stay as they were. */
  readonly signal?: AbortSignal | undefined;
  /** Told, often, of the progress of reading, sending and copying. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** Told of each warning: its message, and the warning with its code. */
  readonly onWarning?: ((message: string, detail: Warning) => void) | undefined;
}

/** The names of all {@linkcode AccessOptions}. */
export const ACCESS_OPTIONS: OptionNames<AccessOptions> = {
  host: true,
  fetch: true,
  credentials: true,
  plainHttp: true,
  trustRealms: true,
  retryFor: true,
  timeout: true,
  concurrency: true,
  cache: true,
  signal: true,
  onProgress: true,
  onWarning: true,
  strict: true,
  allow: true,
};

/** How many blobs are transferred at a time, by default. */
const DEFAULT_CONCURRENCY = 4;

/** Concurrent requests for each blob of the concurrency: to send them one by one would cost a round trip each. */
const REQUESTS_PER_BLOB = 8;

/** What a repository is opened for: to look at images, to read them with their layers, or to write them, even if only in a dry run. */
export type OpenRole = "look" | "source" | "target";

/** The repositories and the parts of the host that every verb needs. */
export interface Access {
  readonly host: Host;
  readonly codec: Codec;
  readonly createHasher: CreateHasher;
  readonly transfer: Transfer;
  readonly concurrency: number;
  /** Limits the bytes of all manifests and configs together. */
  readonly documents: ByteBudget;
  /** All warnings so far, each once. */
  readonly warnings: readonly Warning[];
  warn(warning: Warning): void;
  /** @throws {WarningError} if a warning counts as a failure. */
  requireAllowed(): void;
  /**
   * Opens the repository of a location. Nothing is requested or created before it is used.
   *
   * @param access The access that a registry's credentials must give.
   * @throws {TypeError} for `scratch`, and for a layout or an archive on a runtime without files.
   */
  open(location: Location, access: "pull" | "push", role?: OpenRole): Repository;
  /** The `Authorization` header for a repository; undefined if the registry wants none. */
  authorization(
    reference: Pick<Reference, "registry" | "repository">,
    access: "pull" | "push",
  ): Promise<string | undefined>;
  /** Waits for work in the background, such as the cancelling of uploads. It never fails. */
  settle(): Promise<void>;
}

/** Runs a verb with access to images, and waits for its work in the background. */
export async function withAccess<T>(
  options: AccessOptions,
  verb: (access: Access) => Promise<T>,
): Promise<T> {
  const access = createAccess(options);
  try {
    return await verb(access);
  } finally {
    await access.settle();
  }
}

/**
 * Makes the access of a verb. Without a host it uses nothing but web standards: only the entries know the runtime's host.
 *
 * @param documents Limits the bytes of all manifests and configs together.
 */
export function createAccess(
  options: AccessOptions,
  documents: ByteBudget = new ByteBudget(),
): Access {
  const { host: given = {}, cache = true } = options;
  const host = cache ? given : { ...given, cache: undefined };
  const createHasher = host.createHasher ?? createSha256;
  const transfer = createTransfer();
  const concurrency = options.concurrency ?? DEFAULT_CONCURRENCY;
  const warnings = new Warnings(options);
  const opened: Repository[] = [];
  const targets = new Map<string, Repository>();
  const openArchive = (location: ArchiveLocation, role: OpenRole): Repository => {
    if (host.archives === undefined) {
      throw new TypeError(
        `Cannot open the archive "${location.path}": this runtime has no files`,
      );
    }
    const place = `${role} ${location.kind} ${location.path}`;
    const known = targets.get(place);
    if (known !== undefined) return known;
    const repository = (role === "target" ? openArchiveTarget : openArchiveSource)(location, {
      files: host.archives,
      codec: host.codec ?? webCodec,
      createSpool: host.createSpool ?? createBlobSpool,
      createHasher,
      transfer,
    });
    opened.push(repository);
    // Several images are written into one archive.
    if (role === "target") targets.set(place, repository);
    return repository;
  };
  let session: EngineSession | undefined;
  const openEngineImage = (
    location: Extract<Location, { kind: "docker-daemon" }>,
    role: OpenRole,
  ): Repository => {
    if (host.findEngine === undefined) {
      throw new TypeError(
        `Cannot open "${formatLocation(location)}": this runtime reaches no engine`,
      );
    }
    session ??= new EngineSession({
      find: host.findEngine,
      timeout: options.timeout,
      cache: host.cache,
      codec: host.codec ?? webCodec,
      createSpool: host.createSpool ?? createBlobSpool,
      createHasher,
      transfer,
    });
    const repository = openEngine(location.reference, { session, role });
    opened.push(repository);
    return repository;
  };
  const registries = new Registries({
    fetch: options.fetch ?? host.fetch,
    credentials: toCredentialSource(options.credentials) ?? host.credentials,
    createHasher,
    transfer,
    documents,
    plainHttp: options.plainHttp,
    trustRealms: options.trustRealms,
    publicSuffixes: host.publicSuffixes,
    cache: host.cache,
    retryFor: options.retryFor,
    timeout: options.timeout,
    concurrency: concurrency * REQUESTS_PER_BLOB,
    onWarning: (message) => warnings.add({ code: "registry", message }),
    onWait: (host, requests) => options.onProgress?.({ kind: "wait", host, requests }),
  });

  return {
    host,
    codec: host.codec ?? webCodec,
    createHasher,
    transfer,
    concurrency,
    documents,
    get warnings(): readonly Warning[] {
      return warnings.all;
    },
    warn: warnings.add,
    requireAllowed: warnings.requireAllowed,
    async settle(): Promise<void> {
      await Promise.all([
        registries.settle(),
        ...opened.map((repository) => repository.dispose?.().catch(() => {})),
      ]);
    },
    authorization: ({ registry, repository }, access) =>
      registries.authorization(registry, repository, access, options.signal),
    open(location, access, role = access === "push" ? "target" : "look"): Repository {
      switch (location.kind) {
        case "registry": {
          const { registry, repository } = location.reference;
          return registries.open(registry, repository, access, role === "target");
        }
        case "layout":
          if (host.openDirectory === undefined) {
            throw new TypeError(
              `Cannot open the OCI layout "${location.path}": this runtime has no directories`,
            );
          }
          return openLayout(host.openDirectory(location.path), {
            createHasher,
            transfer,
            documents,
          });
        case "docker-archive":
        case "oci-archive":
          return openArchive(location, role);
        case "docker-daemon":
          return openEngineImage(location, role);
        case "scratch":
          throw new TypeError('Cannot open "scratch": it is the empty image, and only a base');
      }
    },
  };
}

/** Makes a source of credentials by registry and path. */
function toCredentialSource(
  credentials: AccessOptions["credentials"],
): CredentialSource | undefined {
  if (credentials === undefined || typeof credentials === "function") return credentials;
  return ({ registry, repository }) =>
    Promise.resolve(findLongestMatch(credentials, [registry], repository)?.value);
}
